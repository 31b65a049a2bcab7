//! Convolution, its gradients, and pooling. Sizes are pipeline constants: the loops of a network's few shapes unroll.

use super::{Dispatch, Pick, rule_number};
use crate::backend::gpu::buffer::GpuBuffer;
use crate::backend::gpu::context::Context;
use crate::backend::gpu::shader::{
    self, BLOCK_WEIGHT_GRADIENT_FIVE, BLOCK_WEIGHT_GRADIENTS, BlockWeightGradient, Program, WEIGHT_GRADIENTS,
};
use crate::backend::kernel::{ConvolutionSizes, PoolSizes, UpdateRule};
use crate::error::{Error, Result};

fn constants(sizes: &ConvolutionSizes) -> Vec<(&'static str, f64)> {
    vec![
        ("BATCH", sizes.batch as f64),
        ("IN_CHANNELS", sizes.in_channels as f64),
        ("HEIGHT", sizes.height as f64),
        ("WIDTH", sizes.width as f64),
        ("OUT_CHANNELS", sizes.out_channels as f64),
        ("KERNEL_HEIGHT", sizes.kernel_height as f64),
        ("KERNEL_WIDTH", sizes.kernel_width as f64),
        ("OUT_HEIGHT", sizes.out_height() as f64),
        ("OUT_WIDTH", sizes.out_width() as f64),
        ("STRIDE", sizes.stride as f64),
        ("PADDING", sizes.padding as f64),
        ("DILATION", sizes.dilation as f64),
    ]
}

fn check_positions(positions: &GpuBuffer) -> Result<()> {
    if positions.packed() {
        return Err(Error::Device(
            "the GPU keeps pooling positions one to a word; this batch is too large for that, use a smaller one".to_string(),
        ));
    }
    Ok(())
}

/// The constant of source_floats.wgsl: an image is a row.
fn row_stride(sizes: &ConvolutionSizes) -> [(&'static str, f64); 1] {
    [("ROW_STRIDE", (sizes.in_channels * sizes.height * sizes.width) as f64)]
}

/// Threads that tiles of 2 rows x 4 columns x 5 channels need to cover an output.
fn tiles(sizes: &ConvolutionSizes, rows: usize, columns: usize) -> usize {
    sizes.batch * sizes.out_channels.div_ceil(5) * rows.div_ceil(2) * columns.div_ceil(4)
}

pub(super) fn forward(sizes: &ConvolutionSizes, inputs: &[&GpuBuffer], outputs: &[&GpuBuffer]) -> Dispatch {
    let threads = tiles(sizes, sizes.out_height(), sizes.out_width());
    Dispatch::elements(&shader::CONVOLUTION, &[inputs[0], inputs[1], outputs[0]], threads)
        .constants(&constants(sizes))
        .constants(&row_stride(sizes))
}

/// Whether the variants for 5 x 5 taps take this block, on an adapter that prefers lone threads: they read four pixels at a time.
fn five(context: &Context, sizes: &ConvolutionSizes) -> bool {
    let taps = [sizes.kernel_height, sizes.kernel_width] == [5, 5];
    let plain = [sizes.stride, sizes.dilation, sizes.padding] == [1, 1, 0];
    context.tuning.get().lone && taps && plain && sizes.width.is_multiple_of(4) && sizes.width >= 8
}

/// A block's dispatch, from floats or from images.
fn block_dispatch(
    context: &Context,
    sizes: &ConvolutionSizes,
    programs: [&'static Program; 2],
    buffers: &[&GpuBuffer],
) -> Dispatch {
    let [any, of_five] = programs;
    if five(context, sizes) {
        let pieces = sizes.out_height().div_ceil(4) * sizes.out_width().div_ceil(4);
        let threads = sizes.batch * sizes.out_channels.div_ceil(5) * pieces;
        Dispatch::new(of_five, buffers, threads.div_ceil(16) as u64)
    } else {
        Dispatch::elements(any, buffers, tiles(sizes, sizes.out_height() / 2 * 2, sizes.out_width() / 2 * 2))
    }
    .constants(&constants(sizes))
}

pub(super) fn block(
    context: &Context,
    sizes: &ConvolutionSizes,
    inputs: &[&GpuBuffer],
    outputs: &[&GpuBuffer],
) -> Result<Dispatch> {
    check_positions(outputs[1])?;
    let buffers = [inputs[0], inputs[1], inputs[2], outputs[0], outputs[1]];
    let programs = [&shader::CONVOLUTION_BLOCK, &shader::CONVOLUTION_BLOCK_FIVE];
    Ok(block_dispatch(context, sizes, programs, &buffers).constants(&row_stride(sizes)))
}

/// The block on a batch that it picks itself from `images`.
pub fn block_of_images(
    context: &Context,
    sizes: &ConvolutionSizes,
    [images, weight, bias]: [&GpuBuffer; 3],
    outputs: &[&GpuBuffer],
    pick: &Pick<'_>,
) -> Result<Dispatch> {
    check_positions(outputs[1])?;
    let buffers = [images, weight, bias, outputs[0], outputs[1], pick.order, pick.cursor, pick.copied];
    let programs = [&shader::CONVOLUTION_BLOCK_IMAGES, &shader::CONVOLUTION_BLOCK_FIVE_IMAGES];
    Ok(block_dispatch(context, sizes, programs, &buffers).constants(&pick.constants()))
}

fn input_threads(sizes: &ConvolutionSizes) -> usize {
    sizes.batch * sizes.in_channels.div_ceil(4) * sizes.height * sizes.width
}

pub(super) fn input_gradient(sizes: &ConvolutionSizes, inputs: &[&GpuBuffer], out: &GpuBuffer) -> Dispatch {
    Dispatch::elements(&shader::INPUT_GRADIENT, &[inputs[0], inputs[1], out], input_threads(sizes))
        .constants(&constants(sizes))
}

/// `weight, out, positions, gradient of out -> gradient of x`
pub(super) fn block_input_gradient(
    context: &Context,
    sizes: &ConvolutionSizes,
    inputs: &[&GpuBuffer],
    out: &GpuBuffer,
) -> Result<Dispatch> {
    let &[weight, pooled, positions, gradient] = inputs else {
        return Err(Error::Device("a convolution block's input gradient takes four buffers".to_string()));
    };
    check_positions(positions)?;
    let buffers = [gradient, weight, pooled, positions, out];
    let dispatch = if five(context, sizes) {
        Dispatch::new(&shader::INPUT_GRADIENT_FIVE, &buffers, (sizes.batch * sizes.in_channels).div_ceil(8) as u64)
    } else if context.tuning.get().lone {
        let threads = sizes.batch * sizes.in_channels.next_multiple_of(4);
        Dispatch::new(&shader::INPUT_GRADIENT_BLOCK_ALONE, &buffers, threads.div_ceil(8) as u64)
    } else if sizes.stride == 1 && sizes.dilation == 1 {
        // Threads for 2 x 2 pixels of three channels, twelve channels side by side.
        let channels = sizes.in_channels.div_ceil(12) * 4;
        let threads = sizes.batch * sizes.height.div_ceil(2) * sizes.width.div_ceil(2) * channels;
        Dispatch::elements(&shader::INPUT_GRADIENT_BLOCK, &buffers, threads)
    } else {
        Dispatch::elements(&shader::INPUT_GRADIENT_BLOCK_GENERAL, &buffers, input_threads(sizes))
    };
    Ok(dispatch.constants(&constants(sizes)))
}

/// Which of the variants for any taps makes a weight gradient, and with how many workgroups: one for each pair of channels, or
/// lone threads where the adapter prefers those and there are enough pairs to share.
fn weight_variant(context: &Context, sizes: &ConvolutionSizes) -> (usize, usize) {
    let pairs = sizes.out_channels * sizes.in_channels;
    if context.tuning.get().lone && pairs >= 64 {
        (1, (sizes.out_channels * sizes.in_channels.next_multiple_of(4)).div_ceil(8))
    } else {
        (0, pairs)
    }
}

pub(super) fn weight_gradient(
    context: &Context,
    sizes: &ConvolutionSizes,
    inputs: &[&GpuBuffer],
    out: &GpuBuffer,
) -> Dispatch {
    let (variant, groups) = weight_variant(context, sizes);
    Dispatch::new(&WEIGHT_GRADIENTS[variant], &[inputs[0], inputs[1], out], groups as u64)
        .constants(&constants(sizes))
        .constants(&row_stride(sizes))
}

/// The same of a block.
fn block_weight_dispatch(
    context: &Context,
    sizes: &ConvolutionSizes,
    pick: impl Fn(&'static BlockWeightGradient) -> &'static Program,
    buffers: &[&GpuBuffer],
) -> Dispatch {
    let (gradient, groups) = if five(context, sizes) {
        (&BLOCK_WEIGHT_GRADIENT_FIVE, sizes.out_channels.div_ceil(5) * sizes.in_channels)
    } else {
        let (variant, groups) = weight_variant(context, sizes);
        (&BLOCK_WEIGHT_GRADIENTS[variant], groups)
    };
    Dispatch::new(pick(gradient), buffers, groups as u64).constants(&constants(sizes)).constants(&row_stride(sizes))
}

/// `x, out, positions, gradient of out -> gradient of weight, gradient of bias`
pub(super) fn block_weight_gradient(
    context: &Context,
    sizes: &ConvolutionSizes,
    inputs: &[&GpuBuffer],
    outputs: &[&GpuBuffer],
) -> Result<Dispatch> {
    let &[x, pooled, positions, gradient] = inputs else {
        return Err(Error::Device("a convolution block's weight gradient takes four buffers".to_string()));
    };
    check_positions(positions)?;
    let buffers = [x, gradient, pooled, positions, outputs[0], outputs[1]];
    Ok(block_weight_dispatch(context, sizes, |gradient| &gradient.plain, &buffers))
}

/// A parameter and what its rule keeps, in the order of `Kernel::Update`'s outputs.
pub type Updated<'a> = &'a [GpuBuffer];

/// The weight gradient of a block with the update of weight and bias behind it.
pub fn weight_gradient_update(
    context: &Context,
    sizes: &ConvolutionSizes,
    inputs: &[&GpuBuffer],
    rule: UpdateRule,
    schedule_and_cursor: [&GpuBuffer; 2],
    weight: Updated<'_>,
    bias: Updated<'_>,
) -> Result<Dispatch> {
    let &[x, pooled, positions, gradient] = inputs else {
        return Err(Error::Device("a convolution block's weight gradient takes four buffers".to_string()));
    };
    check_positions(positions)?;
    let mut buffers = vec![x, gradient, pooled, positions, schedule_and_cursor[0], schedule_and_cursor[1]];
    buffers.extend(weight);
    buffers.extend(bias);
    Ok(block_weight_dispatch(context, sizes, |gradient| &gradient.update[rule.states()], &buffers)
        .constants(&[("RULE", rule_number(rule))]))
}

fn pool_constants(sizes: &PoolSizes) -> Vec<(&'static str, f64)> {
    vec![
        ("PLANES", sizes.planes as f64),
        ("HEIGHT", sizes.height as f64),
        ("WIDTH", sizes.width as f64),
        ("OUT_HEIGHT", sizes.out_height() as f64),
        ("OUT_WIDTH", sizes.out_width() as f64),
        ("KERNEL", sizes.kernel as f64),
        ("STRIDE", sizes.stride as f64),
        ("PADDING", sizes.padding as f64),
    ]
}

fn pooled(sizes: &PoolSizes) -> usize {
    sizes.planes * sizes.out_height() * sizes.out_width()
}

fn unpooled(sizes: &PoolSizes) -> usize {
    sizes.planes * sizes.height * sizes.width
}

pub(super) fn max_pool(sizes: &PoolSizes, x: &GpuBuffer, outputs: &[&GpuBuffer]) -> Dispatch {
    Dispatch::elements(&shader::MAX_POOL, &[x, outputs[0], outputs[1]], pooled(sizes)).constants(&pool_constants(sizes))
}

pub(super) fn max_pool_gradient(sizes: &PoolSizes, inputs: &[&GpuBuffer], out: &GpuBuffer) -> Dispatch {
    Dispatch::elements(&shader::MAX_POOL_GRADIENT, &[inputs[0], inputs[1], out], unpooled(sizes))
        .constants(&pool_constants(sizes))
}

pub(super) fn average_pool(sizes: &PoolSizes, x: &GpuBuffer, out: &GpuBuffer) -> Dispatch {
    Dispatch::elements(&shader::AVERAGE_POOL, &[x, out], pooled(sizes)).constants(&pool_constants(sizes))
}

pub(super) fn average_pool_gradient(sizes: &PoolSizes, gradient: &GpuBuffer, out: &GpuBuffer) -> Dispatch {
    Dispatch::elements(&shader::AVERAGE_POOL_GRADIENT, &[gradient, out], unpooled(sizes)).constants(&pool_constants(sizes))
}
