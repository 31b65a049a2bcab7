// Shared: the tiles of matmul.wgsl. 64 x 64, a thread 8 x 8 values: for large products.
// Values of a thread along each edge.
const EDGE: u32 = 8u;
// How much of k is in workgroup memory at once.
const DEPTH: u32 = 16u;
// Parts of k, each the work of 64 threads.
const SPLIT: u32 = 1u;
