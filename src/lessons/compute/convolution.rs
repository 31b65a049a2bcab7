//! A sliding kernel, the size of what it makes, and pooling.

use crate::error::{Error, Result};
use crate::lessons::widgets::Values;
use crate::random::Generator;
use crate::tensor::{Conv2dSize, Tensor};

/// `floor((in - kernel + 2 padding) / stride) + 1`; none where the kernel does not fit.
pub fn output_size(input: usize, kernel: usize, padding: usize, stride: usize) -> Option<usize> {
    Some((input + 2 * padding).checked_sub(kernel)? / stride.max(1) + 1)
}

/// A kernel over a picture of ones, at one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Slide {
    /// Side of the picture with its border.
    pub padded: usize,
    pub padding: usize,
    /// The picture with its border of zeros, row-major.
    pub picture: Vec<f64>,
    pub kernel_size: usize,
    /// 1, 2, 3 and so on.
    pub kernel: Vec<f64>,
    pub output_size: usize,
    pub output: Vec<f64>,
    /// The window's place in the output.
    pub row: usize,
    pub column: usize,
    pub stride: usize,
}

/// Computes the widget `kernel`.
pub fn slide(values: &Values) -> Result<Slide> {
    let (size, kernel_size) = (values.whole("size"), values.whole("kernel"));
    let (padding, stride) = (values.whole("padding"), values.whole("stride").max(1));
    let count = kernel_size * kernel_size;
    let kernel: Vec<f64> = (1..=count).map(|number| number as f64).collect();
    let image = Tensor::from_vec(vec![1.0f64; size * size], [1, 1, size, size])?;
    let weight = Tensor::from_vec(kernel.clone(), [1, 1, kernel_size, kernel_size])?;
    let output = image.conv2d(&weight, None, Conv2dSize { stride, padding, ..Conv2dSize::default() })?;
    let output_size = output.shape()[3];
    if output_size == 0 {
        return Err(Error::Shape("the kernel is larger than the picture".to_string()));
    }
    let padded = size + 2 * padding;
    let inside = |at: usize| (padding..padding + size).contains(&at);
    let picture = (0..padded * padded).map(|at| f64::from(u8::from(inside(at / padded) && inside(at % padded)))).collect();
    Ok(Slide {
        padded,
        padding,
        picture,
        kernel_size,
        kernel,
        output_size,
        output: output.to_f64_vec()?,
        row: values.whole("row").min(output_size - 1),
        column: values.whole("column").min(output_size - 1),
        stride,
    })
}

impl Slide {
    /// What the window gives.
    pub fn value(&self) -> f64 {
        self.output[self.row * self.output_size + self.column]
    }

    /// Whether a cell of the bordered picture lies in the window, and which cell of the kernel is on it.
    pub fn kernel_cell(&self, row: usize, column: usize) -> Option<usize> {
        let down = row.checked_sub(self.row * self.stride)?;
        let across = column.checked_sub(self.column * self.stride)?;
        (down < self.kernel_size && across < self.kernel_size).then_some(down * self.kernel_size + across)
    }

    /// The products in the window, row by row: picture, kernel.
    pub fn products(&self) -> Vec<(f64, f64)> {
        let cells = 0..self.padded * self.padded;
        cells
            .filter_map(|at| {
                let cell = self.kernel_cell(at / self.padded, at % self.padded)?;
                Some((self.picture[at], self.kernel[cell]))
            })
            .collect()
    }
}

/// Max pooling of a picture of random digits.
#[derive(Debug, Clone, PartialEq)]
pub struct Pooled {
    pub size: usize,
    pub picture: Vec<f64>,
    pub window: usize,
    pub output_size: usize,
    pub output: Vec<f64>,
    /// 1 where a cell is its window's largest: where the gradient goes.
    pub gradient: Vec<f64>,
}

/// Computes the widget `pooling`.
pub fn pool(values: &Values) -> Result<Pooled> {
    let (size, window) = (values.whole("size"), values.whole("kernel").max(1));
    let mut generator = Generator::new(values.whole("seed") as u64);
    let picture: Vec<f64> = generator.randint(size * size, 0, 10).into_iter().map(|digit| digit as f64).collect();
    let image = Tensor::from_vec(picture.clone(), [1, 1, size, size])?.requires_grad_(true)?;
    let output = image.max_pool2d(window, window, 0)?;
    let gradients = output.sum(&[], false)?.backward()?;
    let gradient = gradients.get(&image).map(Tensor::to_f64_vec).transpose()?.unwrap_or_default();
    Ok(Pooled { size, picture, window, output_size: output.shape()[3], output: output.to_f64_vec()?, gradient })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lessons::compute::values_of;

    #[test]
    fn the_course_s_kernel() {
        let slide = slide(&values_of("kernel", &[])).unwrap();
        assert_eq!(slide.output[..5], [28.0, 39.0, 39.0, 39.0, 24.0]);
        assert_eq!(slide.output[20..], [16.0, 21.0, 21.0, 21.0, 12.0]);
        assert_eq!(slide.products().iter().map(|(a, b)| a * b).sum::<f64>(), slide.value());
    }

    #[test]
    fn sizes_round_down() {
        assert_eq!(output_size(28, 5, 0, 1), Some(24));
        assert_eq!(output_size(28, 3, 1, 2), Some(14));
        assert_eq!(output_size(2, 3, 0, 1), None);
    }

    #[test]
    fn only_winners_get_a_gradient() {
        let pooled = pool(&values_of("pooling", &[])).unwrap();
        assert_eq!(pooled.gradient.iter().sum::<f64>(), 4.0);
        assert_eq!(pooled.output.len(), 4);
    }
}
