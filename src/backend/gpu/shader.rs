//! The shader files and what each entry point binds. A program is one file, with the shared ones that it needs in front of it; the
//! files are embedded as they lie. Sizes reach them as `override` constants or, where they change with every call, through one uniform.

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

/// An entry point of a shader, with its binding numbers in the order in which a dispatch names its buffers.
#[derive(Debug)]
pub struct Program {
    /// The files of the shader.
    pub name: &'static str,
    /// Their texts.
    parts: &'static [&'static str],
    pub entry: &'static str,
    pub bindings: &'static [(u32, Access)],
}

impl Program {
    /// The text that is compiled.
    pub fn source(&self) -> String {
        self.parts.join("\n")
    }

    /// Storage buffers that it binds.
    pub fn storage_buffers(&self) -> u32 {
        self.bindings.iter().filter(|(_, access)| matches!(access, Read | Write)).count() as u32
    }

    /// Whether it reads the cursor.
    pub fn reads_cursor(&self) -> bool {
        self.bindings.iter().any(|&(_, access)| access == Cursor)
    }
}

use Access::{Cursor, Params, Read, Write};

/// A program of files in this folder's `shaders`, named without their ending.
macro_rules! program {
    ([$($file:literal)+] $entry:literal [$($binding:literal $access:ident),* $(,)?]) => {
        Program {
            name: concat!($($file, " "),+),
            parts: &[include_str!("shaders/thread.wgsl"), $(include_str!(concat!("shaders/", $file, ".wgsl"))),+],
            entry: $entry,
            bindings: &[$(($binding, $access)),*],
        }
    };
}

macro_rules! programs {
    ($($name:ident = [$($file:literal)+] $entry:literal $bindings:tt;)*) => {
        $(pub static $name: Program = program!([$($file)+] $entry $bindings);)*
        /// Every program but those of the families below.
        #[cfg(test)]
        static SINGLE: &[&Program] = &[$(&$name),*];
    };
}

programs! {
    FILL = ["fill"] "main" [0 Write, 1 Params];
    CAST = ["cast"] "main" [0 Read, 1 Write, 2 Params];
    UNARY = ["unary"] "main" [0 Read, 1 Write, 2 Params];
    BINARY = ["operands_2" "strided" "binary"] "main" [0 Read, 1 Read, 2 Write, 10 Params];
    BINARY_WHOLE = ["operands_2" "strided" "binary_whole"] "main" [0 Read, 1 Read, 2 Write, 10 Params];
    SELECT = ["operands_3" "strided" "select"] "main" [0 Read, 1 Read, 2 Read, 3 Write, 10 Params];
    REDUCE = ["number_float" "reduce"] "main" [0 Read, 1 Write, 2 Write, 3 Params];
    REDUCE_WHOLE = ["number_whole" "reduce"] "main" [0 Read, 1 Write, 2 Write, 3 Params];
    CUMULATIVE_SUM = ["number_float" "cumulative_sum"] "main" [0 Read, 1 Write, 2 Params];
    CUMULATIVE_SUM_WHOLE = ["number_whole" "cumulative_sum"] "main" [0 Read, 1 Write, 2 Params];
    REARRANGE = ["operands_1" "strided" "rearrange"] "main" [0 Read, 1 Write, 10 Params];
    REARRANGE_ADD = ["operands_1" "strided" "rearrange_add"] "main" [0 Read, 1 Write, 10 Params];
    INDEX = ["index"] "main" [0 Read, 1 Read, 2 Write, 3 Params];
    INDEX_ADD = ["index_add"] "main" [0 Read, 1 Read, 2 Write, 3 Params];
    SOFTMAX = ["softmax"] "main" [0 Read, 1 Write, 2 Params];
    MAX_POOL = ["pool"] "maximum" [0 Read, 1 Write, 2 Write];
    MAX_POOL_GRADIENT = ["pool"] "maximum_gradient" [0 Read, 3 Read, 1 Write];
    AVERAGE_POOL = ["pool"] "average" [0 Read, 1 Write];
    AVERAGE_POOL_GRADIENT = ["pool"] "average_gradient" [0 Read, 1 Write];

    CONVOLUTION = ["convolution_sizes" "source_floats" "convolution_pixel" "windows" "convolution"] "plain"
        [0 Read, 1 Read, 3 Write];
    CONVOLUTION_BLOCK = ["convolution_sizes" "source_floats" "convolution_pixel" "windows" "convolution"] "block"
        [0 Read, 1 Read, 2 Read, 3 Write, 4 Write];
    CONVOLUTION_BLOCK_IMAGES = ["convolution_sizes" "cursor" "source_images" "convolution_pixel" "windows" "convolution"] "block"
        [0 Read, 1 Read, 2 Read, 3 Write, 4 Write, 30 Read, 20 Cursor, 31 Write];
    CONVOLUTION_BLOCK_FIVE = ["convolution_sizes" "source_vectors" "five_rows" "five_pixels" "five_weights" "windows" "convolution_five"] "main"
        [0 Read, 1 Read, 2 Read, 3 Write, 4 Write];
    CONVOLUTION_BLOCK_FIVE_IMAGES = ["convolution_sizes" "cursor" "source_images" "five_rows" "five_pixels" "five_weights" "windows"
        "convolution_five"] "main" [0 Read, 1 Read, 2 Read, 3 Write, 4 Write, 30 Read, 20 Cursor, 31 Write];
    INPUT_GRADIENT = ["convolution_sizes" "convolution_input_gradient"] "plain" [0 Read, 1 Read, 4 Write];
    INPUT_GRADIENT_BLOCK = ["convolution_sizes" "convolution_input_gradient"] "block"
        [0 Read, 1 Read, 2 Read, 3 Read, 4 Write];
    INPUT_GRADIENT_BLOCK_GENERAL = ["convolution_sizes" "convolution_input_gradient"] "block_general"
        [0 Read, 1 Read, 2 Read, 3 Read, 4 Write];
    INPUT_GRADIENT_BLOCK_ALONE = ["convolution_sizes" "convolution_input_gradient"] "block_alone"
        [0 Read, 1 Read, 2 Read, 3 Read, 4 Write];
    INPUT_GRADIENT_FIVE = ["convolution_sizes" "five_rows" "five_weights" "five_windows" "convolution_input_gradient_five"] "main"
        [5 Read, 1 Read, 6 Read, 7 Read, 4 Write];

    SOFTMAX_CROSS_ENTROPY = ["scores_given" "labels_given" "loss_alone" "softmax_cross_entropy"] "main"
        [0 Read, 1 Read, 2 Write, 3 Write];
    LOAD_BATCH = ["cursor" "load_batch"] "main" [0 Read, 1 Read, 2 Read, 20 Cursor, 4 Write, 5 Write];
    DROPOUT = ["cursor" "dropout"] "main" [0 Read, 1 Read, 20 Cursor, 3 Write];
    STORE = ["cursor" "bookkeeping"] "store" [0 Read, 20 Cursor, 2 Write];
    COUNT_CORRECT = ["cursor" "bookkeeping"] "count_correct" [3 Read, 4 Read, 20 Cursor, 2 Write];
    ADVANCE = ["cursor" "bookkeeping"] "advance" [5 Write];
}

/// The recorded loss: from scores that lie in a buffer or that are made of the last linear layer, with labels in the order of
/// the rows or those of the data set.
pub static LOSS: [[Program; 2]; 2] = [
    [
        program!(["scores_given" "labels_given" "loss_recorded" "softmax_cross_entropy"] "main"
            [0 Read, 1 Read, 6 Write, 3 Write, 7 Write]),
        program!(["scores_given" "labels_packed" "loss_recorded" "softmax_cross_entropy"] "main"
            [0 Read, 1 Read, 6 Write, 3 Write, 7 Write, 30 Read]),
    ],
    [
        program!(["activation" "scores_linear" "labels_given" "loss_recorded" "softmax_cross_entropy"] "main"
            [0 Read, 1 Read, 6 Write, 3 Write, 7 Write, 4 Read, 5 Read]),
        program!(["activation" "scores_linear" "labels_packed" "loss_recorded" "softmax_cross_entropy"] "main"
            [0 Read, 1 Read, 6 Write, 3 Write, 7 Write, 4 Read, 5 Read, 30 Read]),
    ],
];

/// An optimizer's step, by the states that its rule keeps.
pub static UPDATE: [Program; 3] = [
    program!(["cursor" "update_rule" "parameter_0" "update"] "main" [0 Read, 21 Read, 20 Cursor, 22 Write]),
    program!(["cursor" "update_rule" "parameter_1" "update"] "main" [0 Read, 21 Read, 20 Cursor, 22 Write, 23 Write]),
    program!(["cursor" "update_rule" "parameter_2" "update"] "main"
        [0 Read, 21 Read, 20 Cursor, 22 Write, 23 Write, 24 Write]),
];

/// A matrix product with each of its epilogues.
#[derive(Debug)]
pub struct Product {
    pub plain: Program,
    pub linear: Program,
    /// The first layer, from the packed data set.
    pub linear_images: Program,
    pub masked: Program,
    /// A weight gradient with the update, by the states that the rule keeps.
    pub update: [Program; 3],
}

/// From where the left matrix comes, then the other files.
macro_rules! product {
    ($source:literal; $($file:literal)+) => {
        Product {
            plain: program!(["matmul_sizes" $source "store_plain" $($file)+] "main" [0 Read, 1 Read, 3 Write]),
            linear: program!(["matmul_sizes" $source "activation" "store_linear" $($file)+] "main"
                [0 Read, 1 Read, 2 Read, 3 Write]),
            linear_images: program!(["matmul_sizes" "cursor" "source_images" "activation" "store_linear" $($file)+] "main"
                [0 Read, 1 Read, 2 Read, 3 Write, 30 Read, 20 Cursor, 31 Write]),
            masked: program!(["matmul_sizes" $source "activation" "store_masked" $($file)+] "main"
                [0 Read, 1 Read, 4 Read, 3 Write]),
            update: [
                program!(["matmul_sizes" $source "cursor" "update_rule" "parameter_0" "store_update" $($file)+] "main"
                    [0 Read, 1 Read, 21 Read, 20 Cursor, 22 Write, 25 Write]),
                program!(["matmul_sizes" $source "cursor" "update_rule" "parameter_1" "store_update" $($file)+] "main"
                    [0 Read, 1 Read, 21 Read, 20 Cursor, 22 Write, 23 Write, 25 Write, 26 Write]),
                program!(["matmul_sizes" $source "cursor" "update_rule" "parameter_2" "store_update" $($file)+] "main"
                    [0 Read, 1 Read, 21 Read, 20 Cursor, 22 Write, 23 Write, 24 Write, 25 Write, 26 Write, 27 Write]),
            ],
        }
    };
}

/// In the order of `ProductVariant`.
pub static PRODUCTS: [Product; 5] = [
    product!("source_floats"; "right_floats" "tile_32" "matmul"),
    product!("source_floats"; "right_floats" "tile_64" "matmul"),
    product!("source_floats"; "right_floats" "tile_32_split" "matmul"),
    product!("source_vectors"; "blocks_vectors" "registers" "matmul_registers"),
    product!("source_vectors"; "blocks_vectors" "registers" "matmul_registers_wide"),
];

/// In registers, for sizes that are no multiples of four.
pub static REGISTERS_SCALARS: Product =
    product!("source_floats"; "right_floats" "blocks_scalars" "registers" "matmul_registers");

/// The weight gradient of a convolution block, alone or with what is fused behind it.
#[derive(Debug)]
pub struct BlockWeightGradient {
    /// With the bias.
    pub plain: Program,
    /// With the update of weight and bias, by the states that the rule keeps.
    pub update: [Program; 3],
}

macro_rules! block_weight_gradient {
    ($($file:literal)+) => {
        BlockWeightGradient {
            plain: program!(["convolution_sizes" "gradient_and_bias" $($file)+] "main"
                [0 Read, 5 Read, 6 Read, 7 Read, 22 Write, 25 Write]),
            update: [
                program!(["convolution_sizes" "cursor" "update_rule" "parameter_0" $($file)+] "main"
                    [0 Read, 5 Read, 6 Read, 7 Read, 21 Read, 20 Cursor, 22 Write, 25 Write]),
                program!(["convolution_sizes" "cursor" "update_rule" "parameter_1" $($file)+] "main"
                    [0 Read, 5 Read, 6 Read, 7 Read, 21 Read, 20 Cursor, 22 Write, 23 Write, 25 Write, 26 Write]),
                program!(["convolution_sizes" "cursor" "update_rule" "parameter_2" $($file)+] "main"
                    [0 Read, 5 Read, 6 Read, 7 Read, 21 Read, 20 Cursor, 22 Write, 23 Write, 24 Write, 25 Write, 26 Write, 27 Write]),
            ],
        }
    };
}

macro_rules! plain_weight_gradient {
    ($file:literal) => {
        program!(["convolution_sizes" "source_floats" "convolution_pixel" "weight_taps" "weight_sums_plain" "gradient_only" $file]
            "main" [0 Read, 5 Read, 22 Write])
    };
}

/// By a workgroup for each pair of channels, or by a thread; of a convolution without pooling.
pub static WEIGHT_GRADIENTS: [Program; 2] =
    [plain_weight_gradient!("convolution_weight_gradient"), plain_weight_gradient!("convolution_weight_gradient_alone")];

/// The same of a block.
pub static BLOCK_WEIGHT_GRADIENTS: [BlockWeightGradient; 2] = [
    block_weight_gradient!("source_floats" "convolution_pixel" "weight_taps" "weight_sums_pooled" "convolution_weight_gradient"),
    block_weight_gradient!("source_floats" "convolution_pixel" "weight_taps" "weight_sums_pooled" "convolution_weight_gradient_alone"),
];

/// Of a block with 5 x 5 taps, by a workgroup for five output channels and one input channel.
pub static BLOCK_WEIGHT_GRADIENT_FIVE: BlockWeightGradient =
    block_weight_gradient!("source_vectors" "five_rows" "five_pixels" "five_windows" "convolution_weight_gradient_five");

/// Every program, for the tests that validate them all.
#[cfg(test)]
pub fn all() -> Vec<&'static Program> {
    let mut all = SINGLE.to_vec();
    all.extend(LOSS.iter().flatten());
    all.extend(&UPDATE);
    for product in PRODUCTS.iter().chain([&REGISTERS_SCALARS]) {
        all.extend([&product.plain, &product.linear, &product.linear_images, &product.masked]);
        all.extend(&product.update);
    }
    all.extend(&WEIGHT_GRADIENTS);
    for gradient in BLOCK_WEIGHT_GRADIENTS.iter().chain([&BLOCK_WEIGHT_GRADIENT_FIVE]) {
        all.push(&gradient.plain);
        all.extend(&gradient.update);
    }
    all
}
