//! Element-wise kernels, folds, and those that move elements. Their sizes change with every call of a learner's experiment, so
//! they reach the shaders through a uniform: a new size costs no new pipeline.

use super::Dispatch;
use crate::backend::Element;
use crate::backend::gpu::buffer::GpuBuffer;
use crate::backend::gpu::shader;
use crate::backend::kernel::{BinaryOp, ReduceOp, UnaryOp};
use crate::error::{Error, Result};

const NOT_A_NUMBER: u32 = 0x7fc0_0000;
/// Axes that the strided shaders walk.
const AXES: usize = 8;

fn bits(value: f64) -> u32 {
    (value as f32).to_bits()
}

fn flag(condition: bool) -> f64 {
    f64::from(u8::from(condition))
}

/// Value as the words of the buffer's element kind.
pub(super) fn fill(value: f64, out: &GpuBuffer) -> Dispatch {
    let word = match out.element() {
        Element::Float32 => bits(value),
        Element::Bool => u32::from(value != 0.0),
        Element::Byte if out.packed() => u32::from(value as u8) * 0x0101_0101,
        Element::Int64 => value as i32 as u32,
        _ => value as u32,
    };
    let words = if out.packed() { out.len().div_ceil(4) } else { out.len() };
    Dispatch::elements(&shader::FILL, &[out], words).params(vec![words as u32, word, 0, 0])
}

fn kind(buffer: &GpuBuffer) -> f64 {
    match buffer.element() {
        Element::Bool => 1.0,
        Element::Index => 2.0,
        Element::Byte if buffer.packed() => 4.0,
        Element::Byte => 3.0,
        Element::Int64 => 5.0,
        _ => 0.0,
    }
}

pub(super) fn cast(x: &GpuBuffer, out: &GpuBuffer) -> Result<Dispatch> {
    if out.packed() {
        return Err(Error::Device("the GPU does not write packed bytes".to_string()));
    }
    Ok(Dispatch::elements(&shader::CAST, &[x, out], out.len())
        .constants(&[("FROM", kind(x)), ("TO", kind(out))])
        .params(vec![out.len() as u32, 0, 0, 0]))
}

pub(super) fn unary(op: UnaryOp, x: &GpuBuffer, out: &GpuBuffer) -> Dispatch {
    use UnaryOp::*;
    let (number, a, b) = match op {
        Negate => (0, 0.0, 0.0),
        Absolute => (1, 0.0, 0.0),
        Sign => (2, 0.0, 0.0),
        Reciprocal => (3, 0.0, 0.0),
        Square => (4, 0.0, 0.0),
        SquareRoot => (5, 0.0, 0.0),
        Exponential => (6, 0.0, 0.0),
        ExponentialMinusOne => (7, 0.0, 0.0),
        Logarithm => (8, 0.0, 0.0),
        Logarithm2 => (9, 0.0, 0.0),
        LogarithmOnePlus => (10, 0.0, 0.0),
        Sine => (11, 0.0, 0.0),
        Cosine => (12, 0.0, 0.0),
        Arctangent => (13, 0.0, 0.0),
        ErrorFunction => (14, 0.0, 0.0),
        Floor => (15, 0.0, 0.0),
        Ceil => (16, 0.0, 0.0),
        Round => (17, 0.0, 0.0),
        Tanh => (18, 0.0, 0.0),
        Sigmoid => (19, 0.0, 0.0),
        Relu => (20, 0.0, 0.0),
        LeakyRelu { slope } => (21, slope, 0.0),
        Elu { alpha } => (22, alpha, 0.0),
        Selu => (23, 0.0, 0.0),
        Gelu => (24, 0.0, 0.0),
        Softplus { beta, threshold } => (25, beta, threshold),
        Clamp { low, high } => (26, low, high),
        PowerScalar { exponent } => (27, exponent, 0.0),
        Affine { scale, shift } => (28, scale, shift),
        LogicalNot => (29, 0.0, 0.0),
    };
    Dispatch::elements(&shader::UNARY, &[x, out], out.len())
        .constants(&[
            ("OP", f64::from(number)),
            ("X_FLAG", flag(x.element() == Element::Bool)),
            ("OUT_FLAG", flag(out.element() == Element::Bool)),
        ])
        .params(vec![out.len() as u32, bits(a), bits(b), NOT_A_NUMBER])
}

/// Drops axes of one element and joins neighbours that lie as one axis for every operand.
fn collapse(sizes: &[usize], strides: &[&[isize]]) -> Result<(Vec<usize>, Vec<Vec<isize>>)> {
    let mut out_sizes: Vec<usize> = Vec::new();
    let mut out_strides: Vec<Vec<isize>> = vec![Vec::new(); strides.len()];
    for (axis, &size) in sizes.iter().enumerate() {
        if size == 1 {
            continue;
        }
        let joins = !out_sizes.is_empty()
            && strides.iter().zip(&out_strides).all(|(from, to)| to.last() == Some(&(from[axis] * size as isize)));
        if joins {
            let last = out_sizes.len() - 1;
            out_sizes[last] *= size;
            for (from, to) in strides.iter().zip(&mut out_strides) {
                to[last] = from[axis];
            }
        } else {
            out_sizes.push(size);
            for (from, to) in strides.iter().zip(&mut out_strides) {
                to.push(from[axis]);
            }
        }
    }
    if out_sizes.len() > AXES {
        return Err(Error::Device(format!("the GPU walks at most {AXES} axes, not {}", out_sizes.len())));
    }
    Ok((out_sizes, out_strides))
}

/// Eight words: the values, then ones.
fn eight(values: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut words: Vec<u32> = values.collect();
    words.resize(AXES, 1);
    words
}

/// The words of `Params` in strided.wgsl. `numbers`: bits of what the kernel is told besides.
fn strided_params(length: usize, offset: usize, numbers: [u32; 2], sizes: &[usize], strides: &[Vec<isize>]) -> Vec<u32> {
    let mut params = vec![length as u32, sizes.len() as u32, offset as u32, 0, numbers[0], numbers[1], 0, 0];
    params.extend(eight(sizes.iter().map(|&size| size as u32)));
    for line in strides {
        params.extend(eight(line.iter().map(|&stride| stride as i32 as u32)));
    }
    params
}

fn signed(strides: &[usize]) -> Vec<isize> {
    strides.iter().map(|&stride| stride as isize).collect()
}

pub(super) fn binary(
    op: BinaryOp,
    sizes: &[usize],
    left_strides: &[usize],
    right_strides: &[usize],
    inputs: &[&GpuBuffer],
    out: &GpuBuffer,
) -> Result<Dispatch> {
    use BinaryOp::*;
    let (number, slope) = match op {
        Add => (0, 0.0),
        Subtract => (1, 0.0),
        Multiply => (2, 0.0),
        Divide => (3, 0.0),
        FloorDivide => (4, 0.0),
        Remainder => (5, 0.0),
        Power => (6, 0.0),
        Maximum => (7, 0.0),
        Minimum => (8, 0.0),
        Equal => (9, 0.0),
        NotEqual => (10, 0.0),
        Less => (11, 0.0),
        LessEqual => (12, 0.0),
        Greater => (13, 0.0),
        GreaterEqual => (14, 0.0),
        LogicalAnd => (15, 0.0),
        LogicalOr => (16, 0.0),
        LogicalXor => (17, 0.0),
        ReluGradient => (18, 0.0),
        LeakyReluGradient { slope } => (19, slope),
        SigmoidGradient => (20, 0.0),
        TanhGradient => (21, 0.0),
    };
    let (sizes, strides) = collapse(sizes, &[&signed(left_strides), &signed(right_strides)])?;
    let flat = sizes.len() <= 1 && strides.iter().all(|line| line.iter().all(|&stride| stride == 1));
    let params = strided_params(out.len(), 0, [bits(slope), NOT_A_NUMBER], &sizes, &strides);
    if inputs[0].element() == Element::Int64 {
        if !matches!(number, 0..=2 | 7..=14) {
            return Err(only_floats());
        }
        return Ok(Dispatch::elements(&shader::BINARY_WHOLE, &[inputs[0], inputs[1], out], out.len())
            .constants(&[("OP", f64::from(number))])
            .params(params));
    }
    let is_flag = |buffer: &GpuBuffer| flag(buffer.element() == Element::Bool);
    Ok(Dispatch::elements(&shader::BINARY, &[inputs[0], inputs[1], out], out.len())
        .constants(&[
            ("OP", f64::from(number)),
            ("FLAT", flag(flat)),
            ("A_FLAG", is_flag(inputs[0])),
            ("B_FLAG", is_flag(inputs[1])),
            ("OUT_FLAG", is_flag(out)),
        ])
        .params(params))
}

pub(super) fn select(
    sizes: &[usize],
    strides: [&Vec<usize>; 3],
    inputs: &[&GpuBuffer],
    out: &GpuBuffer,
) -> Result<Dispatch> {
    let strides: Vec<Vec<isize>> = strides.iter().map(|line| signed(line)).collect();
    let (sizes, strides) = collapse(sizes, &[&strides[0], &strides[1], &strides[2]])?;
    Ok(Dispatch::elements(&shader::SELECT, &[inputs[0], inputs[1], inputs[2], out], out.len()).params(strided_params(
        out.len(),
        0,
        [0; 2],
        &sizes,
        &strides,
    )))
}

pub(super) fn reduce(op: ReduceOp, sizes: [usize; 3], x: &GpuBuffer, outputs: &[&GpuBuffer]) -> Result<Dispatch> {
    let [outer, axis, inner] = sizes;
    let number = match op {
        ReduceOp::Sum => 0.0,
        ReduceOp::Product => 1.0,
        ReduceOp::Maximum => 2.0,
        ReduceOp::Minimum => 3.0,
    };
    let count = outer * inner;
    // A workgroup an output where that gives every thread several elements and threads alone would be few.
    let wide = axis >= 128 && count < 16_384;
    let groups = if wide { count as u64 } else { (count as u64).div_ceil(super::THREADS) };
    // Sums and products have no positions; the binding still wants a buffer of its own.
    let positions = match outputs.get(1) {
        Some(&positions) => positions.clone(),
        None => x.context().allocate(Element::Index, 1)?,
    };
    let program = if x.element() == Element::Int64 { &shader::REDUCE_WHOLE } else { &shader::REDUCE };
    Ok(Dispatch::new(program, &[x, outputs[0], &positions], groups)
        .constants(&[("OP", number), ("WIDE", flag(wide))])
        .params(vec![outer as u32, axis as u32, inner as u32, 0]))
}

fn check_unpacked(buffers: [&GpuBuffer; 2]) -> Result<()> {
    if buffers.iter().any(|buffer| buffer.packed()) {
        return Err(Error::Device("the GPU does not rearrange packed bytes".to_string()));
    }
    Ok(())
}

pub(super) fn rearrange(
    sizes: &[usize],
    strides: &[isize],
    offset: usize,
    x: &GpuBuffer,
    out: &GpuBuffer,
) -> Result<Dispatch> {
    check_unpacked([x, out])?;
    let (sizes, strides) = collapse(sizes, &[strides])?;
    let params = strided_params(out.len(), offset, [0; 2], &sizes, &strides);
    Ok(Dispatch::elements(&shader::REARRANGE, &[x, out], out.len()).params(params))
}

pub(super) fn rearrange_add(
    sizes: &[usize],
    strides: &[isize],
    offset: usize,
    x: &GpuBuffer,
    out: &GpuBuffer,
) -> Result<Dispatch> {
    check_unpacked([x, out])?;
    let elements: usize = sizes.iter().product();
    let (sizes, strides) = collapse(sizes, &[strides])?;
    Ok(Dispatch::elements(&shader::REARRANGE_ADD, &[x, out], elements)
        .params(strided_params(elements, offset, [0; 2], &sizes, &strides))
        .clearing(out))
}

fn words(sizes: [usize; 4]) -> Vec<u32> {
    sizes.iter().map(|&size| size as u32).collect()
}

/// `sizes`: outer, axis, inner, count.
pub(super) fn pick(sizes: [usize; 4], each: bool, inputs: &[&GpuBuffer], out: &GpuBuffer) -> Dispatch {
    Dispatch::elements(&shader::INDEX, &[inputs[0], inputs[1], out], sizes[0] * sizes[2] * sizes[3])
        .constants(&[("EACH", flag(each))])
        .params(words(sizes))
}

/// `sizes`: outer, axis, inner, count.
pub(super) fn pick_add(sizes: [usize; 4], each: bool, inputs: &[&GpuBuffer], out: &GpuBuffer) -> Dispatch {
    Dispatch::elements(&shader::INDEX_ADD, &[inputs[0], inputs[1], out], sizes[0] * sizes[2])
        .constants(&[("EACH", flag(each))])
        .params(words(sizes))
        .clearing(out)
}

/// `sizes`: outer, axis, inner.
pub(super) fn log_softmax(sizes: [usize; 3], x: &GpuBuffer, out: &GpuBuffer) -> Dispatch {
    Dispatch::elements(&shader::SOFTMAX, &[x, out], sizes[0] * sizes[2]).params(vec![
        sizes[0] as u32,
        sizes[1] as u32,
        sizes[2] as u32,
        0,
    ])
}

/// `sizes`: outer, axis, inner.
pub(super) fn cumulative_sum(sizes: [usize; 3], x: &GpuBuffer, out: &GpuBuffer) -> Dispatch {
    let program = if x.element() == Element::Int64 { &shader::CUMULATIVE_SUM_WHOLE } else { &shader::CUMULATIVE_SUM };
    let params = sizes.map(|size| size as u32);
    Dispatch::elements(program, &[x, out], sizes[0] * sizes[2]).params([&params[..], &[0]].concat())
}

/// Why a kernel does not take int64.
pub(super) fn only_floats() -> Error {
    Error::DType(
        "the GPU only adds, multiplies, compares and moves int64; convert it with .to(float32) first, or keep it on the CPU"
            .to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::collapse;

    #[test]
    fn neighbouring_axes_join_where_all_operands_allow() {
        let (sizes, strides) = collapse(&[2, 1, 3, 4], &[&[12, 12, 4, 1], &[12, 0, 4, 1]]).unwrap();
        assert_eq!((sizes, strides), (vec![24], vec![vec![1], vec![1]]));
        let (sizes, strides) = collapse(&[2, 3, 4], &[&[12, 4, 1], &[0, 0, 1]]).unwrap();
        assert_eq!((sizes, strides), (vec![6, 4], vec![vec![4, 1], vec![0, 1]]));
        let (sizes, strides) = collapse(&[2, 3], &[&[-3, -1]]).unwrap();
        assert_eq!((sizes, strides), (vec![6], vec![vec![-1]]));
    }
}
