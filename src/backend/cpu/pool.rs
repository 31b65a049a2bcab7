//! Max and average pooling and their gradients. Padding never wins a maximum, and counts as zeros in a mean.

use super::CpuBuffer;
use super::number::{Number, Real, Value, with_real};
use crate::backend::kernel::PoolSizes;
use crate::error::Result;

/// The part of a window inside the plane: `start..end` along one axis.
fn window(sizes: &PoolSizes, position: usize, length: usize) -> (usize, usize) {
    let start = position * sizes.stride;
    (start.saturating_sub(sizes.padding), (start + sizes.kernel).saturating_sub(sizes.padding).min(length))
}

/// Calls `visit(out position, rows, columns)` for every window of a plane.
fn windows(sizes: &PoolSizes, mut visit: impl FnMut(usize, (usize, usize), (usize, usize))) {
    let (height, width) = (sizes.out_height(), sizes.out_width());
    for y in 0..height {
        for x in 0..width {
            visit(y * width + x, window(sizes, y, sizes.height), window(sizes, x, sizes.width));
        }
    }
}

/// `Kernel::MaxPool`
pub fn max_pool(sizes: &PoolSizes, x: &CpuBuffer, out: &CpuBuffer, positions: &CpuBuffer) -> Result<()> {
    let (area, out_area) = (sizes.height * sizes.width, sizes.out_height() * sizes.out_width());
    with_real!("MaxPool", x, T => {
        let (x, mut out, mut positions) = (T::read(x), T::write(out), u32::write(positions));
        for plane in 0..sizes.planes {
            let x = &x[plane * area..(plane + 1) * area];
            windows(sizes, |to, (top, bottom), (left, right)| {
                let mut best = T::NEGATIVE_INFINITY;
                let mut position = top * sizes.width + left;
                for row in top..bottom {
                    for column in left..right {
                        let value = x[row * sizes.width + column];
                        if value > best || value.is_nan() {
                            (best, position) = (value, row * sizes.width + column);
                        }
                    }
                }
                out[plane * out_area + to] = best;
                positions[plane * out_area + to] = position as u32;
            });
        }
        Ok(())
    })
}

/// `Kernel::MaxPoolGradient`
pub fn max_pool_gradient(sizes: &PoolSizes, gradient: &CpuBuffer, positions: &CpuBuffer, out: &CpuBuffer) -> Result<()> {
    let (area, out_area) = (sizes.height * sizes.width, sizes.out_height() * sizes.out_width());
    with_real!("MaxPoolGradient", gradient, T => {
        let (gradient, positions, mut out) = (T::read(gradient), u32::read(positions), T::write(out));
        out.fill(T::default());
        for plane in 0..sizes.planes {
            let out = &mut out[plane * area..(plane + 1) * area];
            for at in plane * out_area..(plane + 1) * out_area {
                let to = positions[at] as usize;
                out[to] = out[to].plus(gradient[at]);
            }
        }
        Ok(())
    })
}

/// `Kernel::AveragePool`
pub fn average_pool(sizes: &PoolSizes, x: &CpuBuffer, out: &CpuBuffer) -> Result<()> {
    let (area, out_area) = (sizes.height * sizes.width, sizes.out_height() * sizes.out_width());
    with_real!("AveragePool", x, T => {
        let (x, mut out) = (T::read(x), T::write(out));
        let count = T::from_f64((sizes.kernel * sizes.kernel) as f64);
        for plane in 0..sizes.planes {
            let x = &x[plane * area..(plane + 1) * area];
            windows(sizes, |to, (top, bottom), (left, right)| {
                let mut total = T::default();
                for row in top..bottom {
                    for column in left..right {
                        total = total.plus(x[row * sizes.width + column]);
                    }
                }
                out[plane * out_area + to] = total.over(count);
            });
        }
        Ok(())
    })
}

/// `Kernel::AveragePoolGradient`
pub fn average_pool_gradient(sizes: &PoolSizes, gradient: &CpuBuffer, out: &CpuBuffer) -> Result<()> {
    let (area, out_area) = (sizes.height * sizes.width, sizes.out_height() * sizes.out_width());
    with_real!("AveragePoolGradient", gradient, T => {
        let (gradient, mut out) = (T::read(gradient), T::write(out));
        out.fill(T::default());
        let count = T::from_f64((sizes.kernel * sizes.kernel) as f64);
        for plane in 0..sizes.planes {
            let out = &mut out[plane * area..(plane + 1) * area];
            windows(sizes, |from, (top, bottom), (left, right)| {
                let share = gradient[plane * out_area + from].over(count);
                for row in top..bottom {
                    for column in left..right {
                        let to = row * sizes.width + column;
                        out[to] = out[to].plus(share);
                    }
                }
            });
        }
        Ok(())
    })
}
