//! Matrix products with what is fused behind them. Several variants of one shader interface; `Tuning` says which.

use super::{Dispatch, activation_constants, rule_number};
use crate::backend::gpu::buffer::GpuBuffer;
use crate::backend::gpu::context::Context;
use crate::backend::gpu::fuse::Batch;
use crate::backend::gpu::shader::{PRODUCTS, REGISTERS_SCALARS};
use crate::backend::gpu::tuning::{ProductVariant, in_fours};
use crate::backend::kernel::{Activation, MatmulSizes, UpdateRule};

/// What happens to a product's values on their way out.
pub enum Epilogue<'a> {
    /// Nothing.
    Plain,
    /// `activation(value + bias[column])`
    Linear { bias: &'a GpuBuffer, activation: Activation },
    /// The same, where the left matrix is a batch of images picked from the packed data set, which the left buffer then is.
    LinearOfImages { bias: &'a GpuBuffer, activation: Activation, pick: Pick<'a> },
    /// The gradient through an activation whose output is given.
    Masked { activated: &'a GpuBuffer, activation: Activation },
    /// The product is the gradient of `out`, a weight with one row an output unit: both it and the bias (whose gradient are the
    /// row sums of the left operand) are updated in place.
    Update {
        rule: UpdateRule,
        schedule: &'a GpuBuffer,
        cursor: &'a GpuBuffer,
        states: Vec<&'a GpuBuffer>,
        /// The bias, or a spare buffer where there is none.
        bias: &'a GpuBuffer,
        bias_states: Vec<&'a GpuBuffer>,
        has_bias: bool,
    },
}

/// How a batch is picked.
pub struct Pick<'a> {
    pub order: &'a GpuBuffer,
    pub cursor: &'a GpuBuffer,
    /// Where the batch goes as float32.
    pub copied: &'a GpuBuffer,
    pub batch: Batch,
}

impl Pick<'_> {
    /// The constants of source_images.wgsl.
    pub(super) fn constants(&self) -> [(&'static str, f64); 6] {
        let Batch { images, first, rows, features, mean, deviation, copied } = self.batch;
        [
            ("ROW_STRIDE", features as f64),
            ("IMAGES", images as f64),
            ("FIRST", first as f64),
            ("TAKEN", if copied { rows as f64 } else { 0.0 }),
            ("FACTOR", 1.0 / (255.0 * f64::from(deviation))),
            ("SHIFT", -f64::from(mean) / f64::from(deviation)),
        ]
    }
}

/// `x (m, k) weight (n, k)^T`
pub fn linear_sizes(m: usize, k: usize, n: usize) -> MatmulSizes {
    MatmulSizes {
        batch: 1,
        m,
        k,
        n,
        transpose_left: false,
        transpose_right: true,
        left_batched: false,
        right_batched: false,
    }
}

/// One matrix product with its epilogue.
pub fn matmul(
    context: &Context,
    sizes: &MatmulSizes,
    left: &GpuBuffer,
    right: &GpuBuffer,
    out: &GpuBuffer,
    epilogue: &Epilogue<'_>,
) -> Dispatch {
    let variant = context.tuning.get().product(sizes);
    let product = match variant {
        ProductVariant::Registers if !in_fours(sizes) => &REGISTERS_SCALARS,
        _ => &PRODUCTS[variant as usize],
    };
    let (program, buffers) = match epilogue {
        Epilogue::Plain => (&product.plain, vec![left, right, out]),
        Epilogue::Linear { bias, .. } => (&product.linear, vec![left, right, bias, out]),
        Epilogue::LinearOfImages { bias, pick, .. } => {
            (&product.linear_images, vec![left, right, bias, out, pick.order, pick.cursor, pick.copied])
        }
        Epilogue::Masked { activated, .. } => (&product.masked, vec![left, right, activated, out]),
        Epilogue::Update { schedule, cursor, states, bias, bias_states, .. } => {
            let mut buffers = vec![left, right, schedule, cursor, out];
            buffers.extend(states);
            buffers.push(bias);
            buffers.extend(bias_states);
            (&product.update[states.len()], buffers)
        }
    };
    Dispatch::new(program, &buffers, variant.groups(sizes)).constants(&constants(sizes, epilogue))
}

fn constants(sizes: &MatmulSizes, epilogue: &Epilogue<'_>) -> Vec<(&'static str, f64)> {
    let &MatmulSizes { batch, m, k, n, .. } = sizes;
    let (a_row, a_k) = if sizes.transpose_left { (1, m) } else { (k, 1) };
    let (b_k, b_column) = if sizes.transpose_right { (1, k) } else { (n, 1) };
    let mut constants = vec![
        ("M", m as f64),
        ("K", k as f64),
        ("N", n as f64),
        ("BATCH", batch as f64),
        ("A_K", a_k as f64),
        ("A_BATCH", if sizes.left_batched { m * k } else { 0 } as f64),
        ("B_K", b_k as f64),
        ("B_COLUMN", b_column as f64),
        ("B_BATCH", if sizes.right_batched { k * n } else { 0 } as f64),
    ];
    match epilogue {
        Epilogue::LinearOfImages { pick, .. } => constants.extend(pick.constants()),
        _ => constants.push(("ROW_STRIDE", a_row as f64)),
    }
    match epilogue {
        Epilogue::Plain => {}
        Epilogue::Linear { activation, .. }
        | Epilogue::LinearOfImages { activation, .. }
        | Epilogue::Masked { activation, .. } => constants.extend(activation_constants(*activation)),
        Epilogue::Update { rule, has_bias, .. } => {
            constants.extend([("RULE", rule_number(*rule)), ("BIAS", f64::from(u8::from(*has_bias)))]);
        }
    }
    constants
}
