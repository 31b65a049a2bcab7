//! Convolution and pooling with windows that the kernels do not know: two sides of their own, sizes rounded up, groups. They are
//! made of the core's other ops, so gradients and every device come with them; square ones take the kernels' way.

use super::{Conv2dSize, Tensor};
use crate::error::{Error, Result};
use crate::op::ViewKind;
use crate::shape::Shape;

/// How much is put around an image before a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding {
    /// Rows above and below, columns left and right. `padding='valid'` is none.
    Sizes([usize; 2]),
    /// `padding='same'`: as much as keeps the size, the odd one below and right.
    Same,
}

/// How a kernel moves over an image: down and across. `F.conv2d`'s options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conv2dWindow {
    /// Pixels from one position to the next.
    pub stride: [usize; 2],
    /// What is around the image.
    pub padding: Padding,
    /// Pixels from one element of the kernel to the next.
    pub dilation: [usize; 2],
    /// Into how many parts the channels are cut, each of which is seen by its part of the kernels only.
    pub groups: usize,
}

impl Default for Conv2dWindow {
    fn default() -> Self {
        Conv2dWindow { stride: [1, 1], padding: Padding::Sizes([0, 0]), dilation: [1, 1], groups: 1 }
    }
}

/// The windows of a pooling: down and across. The options of `F.max_pool2d` and `F.avg_pool2d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool2dWindow {
    /// Pixels in a window.
    pub kernel: [usize; 2],
    /// Pixels from one window to the next.
    pub stride: [usize; 2],
    /// Pixels around the image; at most half of a window.
    pub padding: [usize; 2],
    /// Pixels from one element of a window to the next.
    pub dilation: [usize; 2],
    /// Whether windows that hang over the edge count: the size of the output is rounded up.
    pub ceil_mode: bool,
    /// Whether a mean is over the padding too.
    pub count_include_pad: bool,
    /// What a mean's sum is divided by, if not by the number of pixels.
    pub divisor: Option<usize>,
}

impl Pool2dWindow {
    /// Windows of this size side by side, as PyTorch has them unless it is told otherwise.
    pub fn new(kernel: [usize; 2]) -> Self {
        Pool2dWindow {
            kernel,
            stride: kernel,
            padding: [0, 0],
            dilation: [1, 1],
            ceil_mode: false,
            count_include_pad: true,
            divisor: None,
        }
    }

    /// The one kernel size, stride and padding of what the kernels know.
    fn square(&self) -> Option<(usize, usize, usize)> {
        let alike = [self.kernel, self.stride, self.padding].iter().all(|[down, across]| down == across);
        let usual = self.dilation == [1, 1] && !self.ceil_mode && self.count_include_pad && self.divisor.is_none();
        (alike && usual).then_some((self.kernel[0], self.stride[0], self.padding[0]))
    }

    /// How far a window reaches along an axis.
    fn reach(&self, axis: usize) -> usize {
        self.dilation[axis] * (self.kernel[axis] - 1) + 1
    }

    /// Windows along an axis of this many pixels, or PyTorch's reason why there can be none.
    fn count(&self, axis: usize, size: usize) -> Result<i64> {
        let (kernel, stride, padding) = (self.kernel[axis], self.stride[axis], self.padding[axis]);
        let dilation = self.dilation[axis];
        if padding * 2 > self.reach(axis) {
            return Err(Error::Value(format!(
                "pad should be at most half of effective kernel size, but got pad={padding}, kernel_size={kernel} and dilation={dilation}"
            )));
        }
        let last = (size + 2 * padding) as i64 - self.reach(axis) as i64;
        let rounding = if self.ceil_mode { stride as i64 - 1 } else { 0 };
        let count = (last + rounding).div_euclid(stride as i64) + 1;
        // The last window starts inside the image or its left padding.
        let outside = self.ceil_mode && (count - 1) * stride as i64 >= (size + padding) as i64;
        Ok(if outside { count - 1 } else { count })
    }
}

impl Tensor {
    /// `F.conv2d(x, weight, bias, stride, padding, dilation, groups)`.
    pub fn conv2d_window(&self, weight: &Tensor, bias: Option<&Tensor>, window: &Conv2dWindow) -> Result<Tensor> {
        if self.dim() == 3 {
            let out = self.unsqueeze(0)?.conv2d_window(weight, bias, window)?;
            return Ok(out.squeeze(Some(0))?.named("SqueezeBackward1"));
        }
        let Conv2dWindow { stride, padding, dilation, groups } = *window;
        if stride.contains(&0) || dilation.contains(&0) {
            return Err(Error::Value("non-positive stride is not supported".to_string()));
        }
        if groups != 1 {
            return self.grouped(weight, bias, window);
        }
        let square = |pair: [usize; 2]| pair[0] == pair[1];
        if let (Padding::Sizes(padding), true, true) = (padding, square(stride), square(dilation))
            && square(padding)
        {
            return self.conv2d(weight, bias, Conv2dSize { stride: stride[0], padding: padding[0], dilation: dilation[0] });
        }
        if self.dim() != 4 || weight.dim() != 4 {
            return self.conv2d(weight, bias, Conv2dSize::default());
        }
        let reach = [0, 1].map(|axis| dilation[axis] * (weight.shape()[2 + axis].max(1) - 1));
        let [(top, bottom), (left, right)] = match padding {
            Padding::Sizes(sizes) => sizes.map(|size| (size, size)),
            Padding::Same if stride != [1, 1] => {
                return Err(Error::Value("padding='same' is not supported for strided convolutions".to_string()));
            }
            Padding::Same => reach.map(|total| (total / 2, total - total / 2)),
        };
        let padded = self.padded([top, bottom, left, right])?;
        // A dilated kernel is a larger one with zeros between; strides of two sizes leave out some of a stride of 1.
        let weight = weight.dilated(dilation)?;
        let out = padded.conv2d(&weight, bias, Conv2dSize::default())?;
        Ok(out.slice(2, 0, i64::MAX, stride[0])?.slice(3, 0, i64::MAX, stride[1])?.named("ConvolutionBackward0"))
    }

    fn grouped(&self, weight: &Tensor, bias: Option<&Tensor>, window: &Conv2dWindow) -> Result<Tensor> {
        let groups = window.groups;
        if groups == 0 {
            return Err(Error::Value("non-positive groups is not supported".to_string()));
        }
        if self.dim() != 4 || weight.dim() != 4 {
            return self.conv2d(weight, bias, Conv2dSize::default());
        }
        let (own, inner, outer) = (self.shape()[1], weight.shape()[1], weight.shape()[0]);
        if !outer.is_multiple_of(groups) {
            return Err(Error::Shape(format!(
                "Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of size [{}] instead",
                weight.shape()
            )));
        }
        if own != inner * groups {
            return Err(Error::Shape(format!(
                "Given groups={groups}, weight of size {}, expected input{} to have {} channels, but got {own} channels instead",
                weight.shape(),
                self.shape(),
                inner * groups
            )));
        }
        let alone = Conv2dWindow { groups: 1, ..*window };
        let part = |tensor: &Tensor, axis: i64, group: usize, size: usize| {
            tensor.slice(axis, (group * size) as i64, ((group + 1) * size) as i64, 1)
        };
        let parts = (0..groups).map(|group| {
            let bias = bias.map(|bias| part(bias, 0, group, outer / groups)).transpose()?;
            part(self, 1, group, inner)?.conv2d_window(&part(weight, 0, group, outer / groups)?, bias.as_ref(), &alone)
        });
        Ok(Tensor::cat(&parts.collect::<Result<Vec<_>>>()?, 1)?.named("ConvolutionBackward0"))
    }

    /// Zeros around the last two axes: rows above and below, columns left and right.
    fn padded(&self, [top, bottom, left, right]: [usize; 4]) -> Result<Tensor> {
        if [top, bottom, left, right] == [0; 4] {
            return Ok(self.clone());
        }
        let mut sizes = self.shape().to_vec();
        let rank = sizes.len();
        sizes[rank - 2] += top + bottom;
        sizes[rank - 1] += left + right;
        let shape = Shape::from(sizes);
        let strides: Vec<isize> = shape.strides().iter().map(|&stride| stride as isize).collect();
        self.spread(&shape, &strides, top * shape.strides()[rank - 2] + left)
    }

    /// A kernel with zeros between its elements.
    fn dilated(&self, dilation: [usize; 2]) -> Result<Tensor> {
        if dilation == [1, 1] {
            return Ok(self.clone());
        }
        let mut sizes = self.shape().to_vec();
        for axis in 0..2 {
            sizes[2 + axis] = dilation[axis] * (sizes[2 + axis].max(1) - 1) + 1;
        }
        let shape = Shape::from(sizes);
        let mut strides: Vec<isize> = shape.strides().iter().map(|&stride| stride as isize).collect();
        for axis in 0..2 {
            strides[2 + axis] *= dilation[axis] as isize;
        }
        self.spread(&shape, &strides, 0)
    }

    /// `F.max_pool2d` with all its options.
    pub fn max_pool2d_window(&self, window: &Pool2dWindow) -> Result<Tensor> {
        if let Some((kernel, stride, padding)) = window.square() {
            return self.max_pool2d(kernel, stride, padding);
        }
        let (padded, counts) = self.padded_for(window, f64::NEG_INFINITY)?;
        let (largest, _) = padded.windows(window, counts)?.max_along(-1, false)?;
        Ok(largest.named("MaxPool2DWithIndicesBackward0"))
    }

    /// `F.avg_pool2d` with all its options.
    pub fn avg_pool2d_window(&self, window: &Pool2dWindow) -> Result<Tensor> {
        if let Some((kernel, stride, padding)) = window.square() {
            return self.avg_pool2d(kernel, stride, padding);
        }
        if window.divisor == Some(0) {
            return Err(Error::Value("divisor must be not zero".to_string()));
        }
        let (padded, counts) = self.padded_for(window, 0.0)?;
        let sums = padded.windows(window, counts)?.sum(&[-1], false)?;
        let rank = self.dim();
        // Pixels of a window along an axis: those before the end of the padding, or those of the image.
        let pixels = |axis: usize| {
            let (size, padding, stride) = (self.shape()[rank - 2 + axis], window.padding[axis], window.stride[axis]);
            let (first, end) = if window.count_include_pad { (0, size + 2 * padding) } else { (padding, size + padding) };
            let inside = move |at: usize| {
                let (start, stop) = (at * stride, (at * stride + window.kernel[axis]).min(size + 2 * padding));
                stop.min(end).saturating_sub(start.max(first))
            };
            (0..counts[axis]).map(inside).collect::<Vec<_>>()
        };
        let (rows, columns) = (pixels(0), pixels(1));
        let divisors: Vec<f64> = rows
            .iter()
            .flat_map(|row| columns.iter().map(move |column| window.divisor.unwrap_or(row * column).max(1) as f64))
            .collect();
        let divisors = Tensor::from_vec(divisors, counts)?.to_dtype(self.dtype())?.host()?;
        let divisors = Tensor::from_buffer(self.device().upload(divisors)?, counts)?;
        Ok(sums.div(&divisors)?.named("AvgPool2DBackward0"))
    }

    /// The image with all that its windows reach, filled with a number, and how many windows there are down and across.
    fn padded_for(&self, window: &Pool2dWindow, filling: f64) -> Result<(Tensor, [usize; 2])> {
        if !(3..=4).contains(&self.dim()) {
            return Err(Error::Shape("non-empty 3D or 4D (batch mode) tensor expected for input".to_string()));
        }
        if window.kernel.contains(&0) || window.stride.contains(&0) || window.dilation.contains(&0) {
            return Err(Error::Value("kernel size and stride should be greater than zero".to_string()));
        }
        let rank = self.dim();
        let (channels, height, width) = (self.shape()[rank - 3], self.shape()[rank - 2], self.shape()[rank - 1]);
        let (rows, columns) = (window.count(0, height)?, window.count(1, width)?);
        if rows < 1 || columns < 1 {
            return Err(Error::Shape(format!(
                "Given input size: ({channels}x{height}x{width}). Calculated output size: ({channels}x{rows}x{columns}). Output size is too \
                 small"
            )));
        }
        let counts = [rows as usize, columns as usize];
        let after = |axis: usize, size: usize| {
            let reached = (counts[axis] - 1) * window.stride[axis] + window.reach(axis);
            reached.saturating_sub(size + window.padding[axis])
        };
        let around = [window.padding[0], after(0, height), window.padding[1], after(1, width)];
        let padded = self.padded(around)?;
        if filling == 0.0 || around == [0; 4] {
            return Ok((padded, counts));
        }
        let inside = self.detach().ones_like()?.padded(around)?.to_dtype(crate::DType::Bool)?;
        Ok((inside.where_(&padded, &padded.detach().full_like(filling)?)?, counts))
    }

    /// The pixels of each window in a last axis.
    fn windows(&self, window: &Pool2dWindow, counts: [usize; 2]) -> Result<Tensor> {
        let rank = self.dim();
        let (sizes, own) = (self.shape()[..rank - 2].to_vec(), self.shape().strides());
        let along = |steps: [usize; 2]| [steps[0] * own[rank - 2], steps[1] * own[rank - 1]];
        let strides = [&own[..rank - 2], &along(window.stride), &along(window.dilation)].concat();
        let strides = strides.into_iter().map(|stride| stride as isize).collect();
        let looked = self.strided(ViewKind::Slice, [&sizes[..], &counts, &window.kernel].concat(), strides, 0)?;
        looked.reshape([&sizes[..], &counts, &[window.kernel[0] * window.kernel[1]]].concat())
    }
}
