//! Matrix products with what is fused behind them. Two variants of one shader interface; `Tuning` says which.

use super::{Dispatch, activation_numbers, rule_number};
use crate::backend::gpu::buffer::GpuBuffer;
use crate::backend::gpu::context::Context;
use crate::backend::gpu::shader;
use crate::backend::kernel::{Activation, MatmulSizes, UpdateRule};

/// What happens to a product's values on their way out.
pub enum Epilogue<'a> {
    /// Nothing.
    Plain,
    /// `activation(value + bias[column])`
    Linear { bias: &'a GpuBuffer, activation: Activation },
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

/// `x (m, k) weight (n, k)^T`
pub(super) fn linear_sizes(m: usize, k: usize, n: usize) -> MatmulSizes {
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
    let registers = context.tuning.get().registers;
    let pick = |tiled, in_registers| if registers { in_registers } else { tiled };
    let (program, buffers) = match epilogue {
        Epilogue::Plain => (pick(&shader::MATMUL, &shader::REGISTERS), vec![left, right, out]),
        Epilogue::Linear { bias, .. } => {
            (pick(&shader::MATMUL_LINEAR, &shader::REGISTERS_LINEAR), vec![left, right, bias, out])
        }
        Epilogue::Masked { activated, .. } => {
            (pick(&shader::MATMUL_MASKED, &shader::REGISTERS_MASKED), vec![left, right, activated, out])
        }
        Epilogue::Update { schedule, cursor, states, bias, bias_states, .. } => {
            let program = match states.len() {
                0 => pick(&shader::MATMUL_UPDATE0, &shader::REGISTERS_UPDATE0),
                1 => pick(&shader::MATMUL_UPDATE1, &shader::REGISTERS_UPDATE1),
                _ => pick(&shader::MATMUL_UPDATE2, &shader::REGISTERS_UPDATE2),
            };
            let mut buffers = vec![left, right, schedule, cursor, out];
            buffers.extend(states);
            buffers.push(bias);
            buffers.extend(bias_states);
            (program, buffers)
        }
    };
    let &MatmulSizes { batch, m, k, n, .. } = sizes;
    let (a_row, a_k) = if sizes.transpose_left { (1, m) } else { (k, 1) };
    let (b_k, b_column) = if sizes.transpose_right { (1, k) } else { (n, 1) };
    let mut constants = vec![
        ("M", m as f64),
        ("K", k as f64),
        ("N", n as f64),
        ("BATCH", batch as f64),
        ("A_ROW", a_row as f64),
        ("A_K", a_k as f64),
        ("A_BATCH", if sizes.left_batched { m * k } else { 0 } as f64),
        ("B_K", b_k as f64),
        ("B_COLUMN", b_column as f64),
        ("B_BATCH", if sizes.right_batched { k * n } else { 0 } as f64),
    ];
    match epilogue {
        Epilogue::Plain => {}
        Epilogue::Linear { activation, .. } | Epilogue::Masked { activation, .. } => {
            let (number, slope) = activation_numbers(*activation);
            constants.extend([("ACTIVATION", number), ("SLOPE", slope)]);
        }
        Epilogue::Update { rule, has_bias, .. } => {
            constants.extend([("RULE", rule_number(*rule)), ("BIAS", f64::from(u8::from(*has_bias)))]);
        }
    }
    let tiles = |rows: usize, columns: usize| (batch * m.div_ceil(rows) * n.div_ceil(columns)) as u64;
    let groups = if registers { tiles(16, 8).div_ceil(16) } else { tiles(32, 32) };
    Dispatch::new(program, &buffers, groups).constants(&constants)
}
