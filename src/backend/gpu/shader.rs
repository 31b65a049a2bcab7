//! The shader files and what each entry point binds. The files are embedded as they lie; sizes reach them as `override`
//! constants or, where they change with every call, through one uniform.

/// How an entry point uses a binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Storage, read.
    Read,
    /// Storage, read and written.
    Write,
    /// A buffer bound as a uniform: the cursor.
    Cursor,
    /// The uniform with the sizes of the call.
    Params,
}

/// An entry point of a shader file, with its binding numbers in the order in which a dispatch names its buffers.
#[derive(Debug)]
pub struct Program {
    pub file: &'static str,
    pub source: &'static str,
    pub entry: &'static str,
    pub bindings: &'static [(u32, Access)],
}

use Access::{Cursor, Params, Read, Write};

macro_rules! programs {
    ($($name:ident = $file:literal $entry:literal [$($binding:literal $access:ident),* $(,)?];)*) => {
        $(
            pub static $name: Program = Program {
                file: $file,
                source: include_str!($file),
                entry: $entry,
                bindings: &[$(($binding, $access)),*],
            };
        )*
        /// Every program, for the tests that validate them all.
        #[cfg(test)]
        pub static ALL: &[&Program] = &[$(&$name),*];
    };
}

programs! {
    FILL = "fill.wgsl" "main" [0 Write, 1 Params];
    CAST = "cast.wgsl" "main" [0 Read, 1 Write, 2 Params];
    UNARY = "unary.wgsl" "main" [0 Read, 1 Write, 2 Params];
    BINARY = "binary.wgsl" "main" [0 Read, 1 Read, 2 Write, 3 Params];
    SELECT = "select.wgsl" "main" [0 Read, 1 Read, 2 Read, 3 Write, 4 Params];
    REDUCE = "reduce.wgsl" "main" [0 Read, 1 Write, 2 Write, 3 Params];
    REARRANGE = "rearrange.wgsl" "main" [0 Read, 1 Write, 2 Params];
    REARRANGE_ADD = "rearrange_add.wgsl" "main" [0 Read, 1 Write, 2 Params];
    INDEX = "index.wgsl" "main" [0 Read, 1 Read, 2 Write, 3 Params];
    INDEX_ADD = "index_add.wgsl" "main" [0 Read, 1 Read, 2 Write, 3 Params];
    SOFTMAX = "softmax.wgsl" "main" [0 Read, 1 Write, 2 Params];
    MAX_POOL = "pool.wgsl" "maximum" [0 Read, 1 Write, 2 Write];
    MAX_POOL_GRADIENT = "pool.wgsl" "maximum_gradient" [0 Read, 3 Read, 1 Write];
    AVERAGE_POOL = "pool.wgsl" "average" [0 Read, 1 Write];
    AVERAGE_POOL_GRADIENT = "pool.wgsl" "average_gradient" [0 Read, 1 Write];

    MATMUL = "matmul.wgsl" "plain" [0 Read, 1 Read, 3 Write];
    MATMUL_LINEAR = "matmul.wgsl" "linear" [0 Read, 1 Read, 2 Read, 3 Write];
    MATMUL_MASKED = "matmul.wgsl" "masked" [0 Read, 1 Read, 4 Read, 3 Write];
    MATMUL_UPDATE0 = "matmul.wgsl" "update0" [0 Read, 1 Read, 5 Read, 6 Cursor, 3 Write, 9 Write];
    MATMUL_UPDATE1 = "matmul.wgsl" "update1" [0 Read, 1 Read, 5 Read, 6 Cursor, 3 Write, 7 Write, 9 Write, 10 Write];
    MATMUL_UPDATE2 = "matmul.wgsl" "update2" [0 Read, 1 Read, 5 Read, 6 Cursor, 3 Write, 7 Write, 8 Write, 9 Write, 10 Write, 11 Write];
    REGISTERS = "matmul_registers.wgsl" "plain" [0 Read, 1 Read, 3 Write];
    REGISTERS_LINEAR = "matmul_registers.wgsl" "linear" [0 Read, 1 Read, 2 Read, 3 Write];
    REGISTERS_MASKED = "matmul_registers.wgsl" "masked" [0 Read, 1 Read, 4 Read, 3 Write];
    REGISTERS_UPDATE0 = "matmul_registers.wgsl" "update0" [0 Read, 1 Read, 5 Read, 6 Cursor, 3 Write, 9 Write];
    REGISTERS_UPDATE1 = "matmul_registers.wgsl" "update1" [0 Read, 1 Read, 5 Read, 6 Cursor, 3 Write, 7 Write, 9 Write, 10 Write];
    REGISTERS_UPDATE2 = "matmul_registers.wgsl" "update2" [0 Read, 1 Read, 5 Read, 6 Cursor, 3 Write, 7 Write, 8 Write, 9 Write, 10 Write, 11 Write];

    CONVOLUTION = "convolution.wgsl" "plain" [0 Read, 1 Read, 3 Write];
    CONVOLUTION_BLOCK = "convolution.wgsl" "block" [0 Read, 1 Read, 2 Read, 3 Write, 4 Write];
    INPUT_GRADIENT = "convolution_input_gradient.wgsl" "plain" [0 Read, 1 Read, 4 Write];
    INPUT_GRADIENT_BLOCK = "convolution_input_gradient.wgsl" "block" [0 Read, 1 Read, 2 Read, 3 Read, 4 Write];
    INPUT_GRADIENT_BLOCK_GENERAL = "convolution_input_gradient.wgsl" "block_general" [0 Read, 1 Read, 2 Read, 3 Read, 4 Write];
    INPUT_GRADIENT_BLOCK_ALONE = "convolution_input_gradient.wgsl" "block_alone" [0 Read, 1 Read, 2 Read, 3 Read, 4 Write];
    WEIGHT_GRADIENT = "convolution_weight_gradient.wgsl" "plain" [0 Read, 1 Read, 6 Write];
    WEIGHT_GRADIENT_BLOCK = "convolution_weight_gradient.wgsl" "block" [0 Read, 1 Read, 2 Read, 3 Read, 6 Write, 7 Write];
    WEIGHT_GRADIENT_UPDATE0 = "convolution_weight_gradient.wgsl" "update0" [0 Read, 1 Read, 2 Read, 3 Read, 4 Read, 5 Cursor, 6 Write, 7 Write];
    WEIGHT_GRADIENT_UPDATE1 = "convolution_weight_gradient.wgsl" "update1" [0 Read, 1 Read, 2 Read, 3 Read, 4 Read, 5 Cursor, 6 Write, 8 Write, 7 Write, 10 Write];
    WEIGHT_GRADIENT_UPDATE2 = "convolution_weight_gradient.wgsl" "update2" [0 Read, 1 Read, 2 Read, 3 Read, 4 Read, 5 Cursor, 6 Write, 8 Write, 9 Write, 7 Write, 10 Write, 11 Write];
    WEIGHT_GRADIENT_ALONE = "convolution_weight_gradient.wgsl" "plain_alone" [0 Read, 1 Read, 6 Write];
    WEIGHT_GRADIENT_BLOCK_ALONE = "convolution_weight_gradient.wgsl" "block_alone" [0 Read, 1 Read, 2 Read, 3 Read, 6 Write, 7 Write];
    WEIGHT_GRADIENT_UPDATE0_ALONE = "convolution_weight_gradient.wgsl" "update0_alone" [0 Read, 1 Read, 2 Read, 3 Read, 4 Read, 5 Cursor, 6 Write, 7 Write];
    WEIGHT_GRADIENT_UPDATE1_ALONE = "convolution_weight_gradient.wgsl" "update1_alone" [0 Read, 1 Read, 2 Read, 3 Read, 4 Read, 5 Cursor, 6 Write, 8 Write, 7 Write, 10 Write];
    WEIGHT_GRADIENT_UPDATE2_ALONE = "convolution_weight_gradient.wgsl" "update2_alone" [0 Read, 1 Read, 2 Read, 3 Read, 4 Read, 5 Cursor, 6 Write, 8 Write, 9 Write, 7 Write, 10 Write, 11 Write];

    SOFTMAX_CROSS_ENTROPY = "softmax_cross_entropy.wgsl" "main" [0 Read, 1 Read, 2 Write, 3 Write];
    SOFTMAX_CROSS_ENTROPY_RECORDED = "softmax_cross_entropy.wgsl" "recorded" [0 Read, 1 Read, 4 Cursor, 2 Write, 3 Write, 5 Write];
    LOAD_BATCH = "load_batch.wgsl" "main" [0 Read, 1 Read, 2 Read, 3 Cursor, 4 Write, 5 Write];
    DROPOUT = "dropout.wgsl" "main" [0 Read, 1 Read, 2 Cursor, 3 Write];
    UPDATE0 = "update.wgsl" "update0" [0 Read, 1 Read, 2 Cursor, 3 Write];
    UPDATE1 = "update.wgsl" "update1" [0 Read, 1 Read, 2 Cursor, 3 Write, 4 Write];
    UPDATE2 = "update.wgsl" "update2" [0 Read, 1 Read, 2 Cursor, 3 Write, 4 Write, 5 Write];
    STORE = "bookkeeping.wgsl" "store" [0 Read, 1 Cursor, 2 Write];
    COUNT_CORRECT = "bookkeeping.wgsl" "count_correct" [3 Read, 4 Read, 1 Cursor, 2 Write];
    ADVANCE = "bookkeeping.wgsl" "advance" [5 Write];
}

impl Program {
    /// Storage buffers that it binds.
    pub fn storage_buffers(&self) -> u32 {
        self.bindings.iter().filter(|(_, access)| matches!(access, Read | Write)).count() as u32
    }
}
