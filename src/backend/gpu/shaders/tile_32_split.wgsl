// Shared: the tiles of matmul.wgsl. 32 x 32 with four parts of k side by side: for products of few tiles.
// Values of a thread along each edge.
const EDGE: u32 = 4u;
// How much of k is in workgroup memory at once.
const DEPTH: u32 = 8u;
// Parts of k, each the work of 64 threads.
const SPLIT: u32 = 4u;
