// How many arrays `strided.wgsl` walks.
const OPERANDS: u32 = 1u;
