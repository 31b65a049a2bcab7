//! Element-wise kernels, folds, and those that move elements, on the GPU against the CPU: lengths off the workgroups, stretched axes.

use crate::{compare, floats, gpu, indices, noise, positive, scaled, zeros};
use gradlab::backend::kernel::*;
use gradlab::backend::{Element, HostData, Kernel};

const F: Element = Element::Float32;

#[test]
fn filling_and_casting() {
    let Some(gpu) = gpu("filling_and_casting") else { return };
    for length in [1, 63, 64, 65, 1000] {
        compare(&gpu, Kernel::Fill { value: 2.5 }, &[], &[zeros(F, length)]);
        compare(&gpu, Kernel::Fill { value: 3.0 }, &[], &[zeros(Element::Index, length)]);
        let mixed = HostData::Float32(noise(length, 1).iter().map(|x| if *x < 0.0 { 0.0 } else { x * 9.0 }).collect());
        compare(&gpu, Kernel::Cast, std::slice::from_ref(&mixed), &[zeros(Element::Bool, length)]);
        compare(&gpu, Kernel::Cast, std::slice::from_ref(&mixed), &[zeros(Element::Index, length)]);
        compare(&gpu, Kernel::Cast, &[indices(length, 7, 2)], &[zeros(F, length)]);
        let flags = HostData::Bool(noise(length, 3).iter().map(|x| *x > 0.0).collect());
        compare(&gpu, Kernel::Cast, &[flags], &[zeros(F, length)]);
    }
    // More workgroups than one direction of a dispatch takes.
    let length = 64 * 65_535 + 777;
    compare(&gpu, Kernel::Fill { value: -1.0 }, &[], &[zeros(F, length)]);
}

#[test]
fn unary_functions() {
    use UnaryOp::*;
    let Some(gpu) = gpu("unary_functions") else { return };
    let everywhere = [
        Negate,
        Absolute,
        Sign,
        Square,
        Exponential,
        ExponentialMinusOne,
        Sine,
        Cosine,
        Arctangent,
        ErrorFunction,
        Floor,
        Ceil,
        Round,
        Tanh,
        Sigmoid,
        Relu,
        LeakyRelu { slope: 0.01 },
        Elu { alpha: 1.0 },
        Elu { alpha: 0.5 },
        Selu,
        Gelu,
        Softplus { beta: 1.0, threshold: 20.0 },
        Softplus { beta: 2.0, threshold: 5.0 },
        Clamp { low: -0.5, high: 2.0 },
        PowerScalar { exponent: 3.0 },
        PowerScalar { exponent: 2.0 },
        PowerScalar { exponent: 0.0 },
        Affine { scale: 3.0, shift: -1.0 },
    ];
    let mut values = noise(300, 1).iter().map(|x| x * 8.0).collect::<Vec<f32>>();
    values.extend([0.0, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 1e-4, -1e-4, 30.0, -30.0, 80.0, -80.0]);
    let x = HostData::Float32(values);
    for op in everywhere {
        compare(&gpu, Kernel::Unary(op), std::slice::from_ref(&x), &[zeros(F, x.len())]);
    }
    for op in [Reciprocal, SquareRoot, Logarithm, Logarithm2, LogarithmOnePlus, PowerScalar { exponent: -1.5 }] {
        compare(&gpu, Kernel::Unary(op), &[positive(129, 2)], &[zeros(F, 129)]);
    }
    compare(&gpu, Kernel::Unary(LogarithmOnePlus), &[scaled(129, 3, 0.01)], &[zeros(F, 129)]);
    let flags = HostData::Bool(noise(70, 3).iter().map(|x| *x > 0.0).collect());
    compare(&gpu, Kernel::Unary(LogicalNot), &[flags], &[zeros(Element::Bool, 70)]);
}

#[test]
fn binary_functions_with_stretched_axes() {
    use BinaryOp::*;
    let Some(gpu) = gpu("binary_functions_with_stretched_axes") else { return };
    // (sizes, left strides, right strides, left length, right length)
    #[allow(clippy::type_complexity)] // A table of one test.
    let shapes: [(&[usize], &[usize], &[usize], usize, usize); 5] = [
        (&[257], &[1], &[1], 257, 257),
        (&[3, 5], &[5, 1], &[0, 1], 15, 5),
        (&[3, 5], &[1, 0], &[0, 1], 3, 5),
        (&[2, 1, 4, 3], &[12, 12, 3, 1], &[3, 3, 0, 1], 24, 6),
        (&[7], &[0], &[1], 1, 7),
    ];
    let plain = [Add, Subtract, Multiply, Maximum, Minimum];
    let compares = [Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual];
    let gradients = [ReluGradient, LeakyReluGradient { slope: 0.1 }, SigmoidGradient, TanhGradient];
    for (sizes, left, right, left_length, right_length) in shapes {
        let kernel =
            |op| Kernel::Binary { op, sizes: sizes.to_vec(), left_strides: left.to_vec(), right_strides: right.to_vec() };
        let length = sizes.iter().product();
        let (a, b) = (scaled(left_length, 1, 4.0), floats(right_length, 2));
        for op in plain.into_iter().chain(gradients) {
            compare(&gpu, kernel(op), &[a.clone(), b.clone()], &[zeros(F, length)]);
        }
        for op in [Divide, FloorDivide, Remainder] {
            compare(&gpu, kernel(op), &[a.clone(), positive(right_length, 3)], &[zeros(F, length)]);
            let whole =
                |data: HostData, plus| HostData::Float32(data.to_f64().iter().map(|x| (x.round() + plus) as f32).collect());
            compare(
                &gpu,
                kernel(op),
                &[whole(scaled(left_length, 4, 9.0), 0.0), whole(positive(right_length, 5), 2.0)],
                &[zeros(F, length)],
            );
        }
        compare(&gpu, kernel(Power), &[positive(left_length, 4), b.clone()], &[zeros(F, length)]);
        // Small integers, so that some are equal.
        let small = |length, seed| HostData::Float32(noise(length, seed).iter().map(|x| (x * 2.0).round()).collect());
        for op in compares.into_iter().chain([LogicalAnd, LogicalOr, LogicalXor]) {
            compare(&gpu, kernel(op), &[small(left_length, 5), small(right_length, 6)], &[zeros(Element::Bool, length)]);
        }
    }
}

#[test]
fn selection_by_a_condition() {
    let Some(gpu) = gpu("selection_by_a_condition") else { return };
    let kernel = Kernel::Select {
        sizes: vec![4, 3, 5],
        condition_strides: vec![0, 5, 1],
        left_strides: vec![15, 5, 1],
        right_strides: vec![0, 0, 0],
    };
    let condition = HostData::Bool(noise(15, 1).iter().map(|x| *x > 0.0).collect());
    compare(&gpu, kernel, &[condition, floats(60, 2), floats(1, 3)], &[zeros(F, 60)]);
}

#[test]
fn folds_over_an_axis() {
    let Some(gpu) = gpu("folds_over_an_axis") else { return };
    for (outer, axis, inner) in [(1, 1, 1), (3, 5, 7), (1, 1000, 1), (4, 129, 3), (200, 200, 1), (1, 64, 300), (2, 131, 1)] {
        let kernel = |op| Kernel::Reduce { op, outer, axis, inner, shards: 1 };
        let (x, out) = (floats(outer * axis * inner, 1), zeros(F, outer * inner));
        compare(&gpu, kernel(ReduceOp::Sum), std::slice::from_ref(&x), std::slice::from_ref(&out));
        let near_one = HostData::Float32(noise(outer * axis * inner, 2).iter().map(|x| 1.0 + x * 0.01).collect());
        compare(&gpu, kernel(ReduceOp::Product), &[near_one], std::slice::from_ref(&out));
        // Few different values, so that the first of equals matters.
        let coarse = HostData::Float32(noise(outer * axis * inner, 3).iter().map(|x| (x * 4.0).round()).collect());
        for op in [ReduceOp::Maximum, ReduceOp::Minimum] {
            let outputs = [out.clone(), zeros(Element::Index, outer * inner)];
            compare(&gpu, kernel(op), std::slice::from_ref(&coarse), &outputs);
        }
    }
}

#[test]
fn moving_elements() {
    let Some(gpu) = gpu("moving_elements") else { return };
    // Transpose, flip with an offset, stretch, and windows that overlap.
    let moves: [(&[usize], &[isize], usize, usize); 4] =
        [(&[5, 3], &[1, 5], 0, 15), (&[4, 3], &[-3, -1], 11, 12), (&[4, 3], &[0, 1], 2, 5), (&[6, 3], &[1, 1], 0, 8)];
    for (sizes, strides, offset, length) in moves {
        let elements = sizes.iter().product();
        let kernel = Kernel::Rearrange { sizes: sizes.to_vec(), strides: strides.to_vec(), offset };
        compare(&gpu, kernel, &[floats(length, 1)], &[zeros(F, elements)]);
        let kernel = Kernel::RearrangeAdd { sizes: sizes.to_vec(), strides: strides.to_vec(), offset };
        compare(&gpu, kernel, &[floats(elements, 2)], &[floats(length, 3)]);
    }
    for (outer, axis, inner, count) in [(3, 5, 2, 4), (1, 1, 1, 1), (1, 300, 1, 70), (70, 3, 5, 9)] {
        let sizes = [outer, axis, inner, count];
        let [x, y] = [floats(outer * axis * inner, 1), floats(outer * count * inner, 2)];
        let rows = indices(count, axis, 3);
        let each = indices(outer * count * inner, axis, 4);
        let [outer, axis, inner, count] = sizes;
        let (picked, spread) = (zeros(F, outer * count * inner), floats(outer * axis * inner, 5));
        let kernel = Kernel::IndexSelect { outer, axis, inner, count };
        compare(&gpu, kernel, &[x.clone(), rows.clone()], std::slice::from_ref(&picked));
        let kernel = Kernel::Gather { outer, axis, inner, count };
        compare(&gpu, kernel, &[x.clone(), each.clone()], std::slice::from_ref(&picked));
        let kernel = Kernel::IndexAdd { outer, axis, inner, count };
        compare(&gpu, kernel, &[y.clone(), rows], std::slice::from_ref(&spread));
        let kernel = Kernel::ScatterAdd { outer, axis, inner, count };
        compare(&gpu, kernel, &[y.clone(), each], std::slice::from_ref(&spread));
    }
}

#[test]
fn softmax_and_cross_entropy() {
    let Some(gpu) = gpu("softmax_and_cross_entropy") else { return };
    for (outer, axis, inner) in [(1, 1, 1), (5, 10, 1), (3, 7, 4), (200, 10, 1)] {
        let length = outer * axis * inner;
        compare(&gpu, Kernel::LogSoftmax { outer, axis, inner }, &[scaled(length, 1, 20.0)], &[zeros(F, length)]);
    }
    for (rows, classes) in [(1, 10), (64, 10), (200, 10), (13, 3)] {
        let kernel = Kernel::SoftmaxCrossEntropy { rows, classes, scale: 1.0 / rows as f64, shards: 1 };
        let inputs = [scaled(rows * classes, 1, 5.0), indices(rows, classes, 2)];
        compare(&gpu, kernel, &inputs, &[zeros(F, 1), zeros(F, rows * classes)]);
    }
}
