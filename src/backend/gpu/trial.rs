//! The short trial of kernel variants on the adapter at hand: each is compiled, run once, and then timed over a few milliseconds.

use super::GpuBackend;
use super::lower;
use super::tuning::{ProductVariant, Tuning};
use crate::backend::kernel::{ConvolutionSizes, Kernel, MatmulSizes};
use crate::backend::{Element, HostData};
use crate::error::Result;

/// Milliseconds that one timing should take, and those after which no further variant is tried.
const TIMING: f64 = 4.0;
const BUDGET: f64 = 1500.0;

/// A product of few, of some and of many tiles, as the course's networks have them: `(m, k, n, transpose_left, transpose_right)`.
const PRODUCTS: [(usize, usize, usize, bool, bool); 3] =
    [(64, 256, 128, false, true), (200, 784, 200, false, true), (512, 64, 784, true, false)];

impl GpuBackend {
    /// Times the variants of the kernels, keeps the fastest, and returns them to be remembered. `clock` gives milliseconds.
    pub async fn try_variants(&self, clock: fn() -> f64) -> Result<Tuning> {
        let start = clock();
        let mut best = self.tuning();
        for (kind, (m, k, n, transpose_left, transpose_right)) in PRODUCTS.into_iter().enumerate() {
            let (left_batched, right_batched) = (false, false);
            let sizes = MatmulSizes { batch: 1, m, k, n, transpose_left, transpose_right, left_batched, right_batched };
            debug_assert_eq!(Tuning::kind(&sizes), kind);
            let numbers = |length| (Element::Float32, length);
            let inputs = [numbers(m * k), numbers(k * n)];
            let call = Call::new(self, Kernel::Matmul { sizes, shards: 1 }, &inputs, &[numbers(m * n)])?;
            let mut fastest = f64::INFINITY;
            // The guess first: a slow trial ends with it.
            let guess = best.products[kind];
            let others = ProductVariant::TRIED.into_iter().filter(|&variant| variant != guess);
            for variant in std::iter::once(guess).chain(others) {
                if clock() - start > BUDGET {
                    break;
                }
                let mut tuning = best;
                tuning.products[kind] = variant;
                let seconds = call.time(self, tuning, clock).await?;
                if seconds < fastest {
                    fastest = seconds;
                    best.products[kind] = variant;
                }
            }
        }
        if clock() - start <= BUDGET {
            best.lone = self.lone_is_faster(best, clock).await?;
        }
        self.set_tuning(best);
        Ok(best)
    }

    /// Whether lone threads make a convolution block and its gradients faster than workgroups.
    async fn lone_is_faster(&self, tuning: Tuning, clock: fn() -> f64) -> Result<bool> {
        let sizes = ConvolutionSizes {
            batch: 64,
            in_channels: 10,
            height: 12,
            width: 12,
            out_channels: 20,
            kernel_height: 5,
            kernel_width: 5,
            stride: 1,
            padding: 0,
            dilation: 1,
        };
        let numbers = |length| (Element::Float32, length);
        let (x, pooled, weight) = (numbers(64 * 10 * 12 * 12), numbers(64 * 20 * 4 * 4), numbers(20 * 10 * 5 * 5));
        let (positions, bias) = ((Element::Byte, pooled.1), numbers(20));
        let block = Call::new(self, Kernel::ConvolutionBlock(sizes), &[x, weight, bias], &[pooled, positions])?;
        let kernel = Kernel::ConvolutionBlockWeightGradient { sizes, shards: 1 };
        let weights = Call::new(self, kernel, &[x, pooled, positions, pooled], &[weight, bias])?;
        let kernel = Kernel::ConvolutionBlockInputGradient(sizes);
        let inputs = Call::new(self, kernel, &[weight, pooled, positions, pooled], &[x])?;
        let mut milliseconds = [0.0; 2];
        for lone in [false, true] {
            for call in [&block, &weights, &inputs] {
                milliseconds[usize::from(lone)] += call.time(self, Tuning { lone, ..tuning }, clock).await?;
            }
        }
        Ok(milliseconds[1] < milliseconds[0])
    }
}

/// A kernel with buffers to run it on.
struct Call {
    kernel: Kernel,
    inputs: Vec<super::GpuBuffer>,
    outputs: Vec<super::GpuBuffer>,
}

impl Call {
    /// Buffers by element and length, with ones in every float, so that no gradient is skipped as 0.
    fn new(gpu: &GpuBackend, kernel: Kernel, inputs: &[(Element, usize)], outputs: &[(Element, usize)]) -> Result<Call> {
        let input = |&(element, length): &(Element, usize)| match element {
            Element::Float32 => gpu.context.upload(&HostData::Float32(vec![1.0; length])),
            _ => gpu.context.allocate(element, length),
        };
        let output = |&(element, length): &(Element, usize)| gpu.context.allocate(element, length);
        Ok(Call {
            kernel,
            inputs: inputs.iter().map(input).collect::<Result<_>>()?,
            outputs: outputs.iter().map(output).collect::<Result<_>>()?,
        })
    }

    /// Milliseconds of one run, once it is compiled.
    async fn time(&self, gpu: &GpuBackend, tuning: Tuning, clock: fn() -> f64) -> Result<f64> {
        let context = &gpu.context;
        let before = gpu.tuning();
        gpu.set_tuning(tuning);
        let dispatches = lower::lower(
            context,
            &self.kernel,
            &self.inputs.iter().collect::<Vec<_>>(),
            &self.outputs.iter().collect::<Vec<_>>(),
        );
        gpu.set_tuning(before);
        let prepared = dispatches?.iter().map(|dispatch| context.prepare(dispatch)).collect::<Result<Vec<_>>>()?;
        context.flush();
        context.finish().await?;
        let run = async |times: usize| -> Result<f64> {
            let start = clock();
            let mut encoder = context.device.create_command_encoder(&Default::default());
            context.encode(&mut encoder, &prepared, times);
            context.submit(encoder);
            context.finish().await?;
            Ok(clock() - start)
        };
        run(1).await?;
        let once = run(1).await?;
        if once > TIMING {
            return Ok(once);
        }
        let times = (TIMING / once.max(0.05)).ceil();
        Ok(run(times as usize).await? / times)
    }
}
