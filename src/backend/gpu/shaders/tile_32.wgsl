// Shared: the tiles of matmul.wgsl. 32 x 32, a thread 4 x 4 values.
// Values of a thread along each edge.
const EDGE: u32 = 4u;
// How much of k is in workgroup memory at once.
const DEPTH: u32 = 16u;
// Parts of k, each the work of 64 threads.
const SPLIT: u32 = 1u;
