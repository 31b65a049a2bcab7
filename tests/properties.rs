//! Any shape, any index, any bytes: against slow and obvious implementations, and without a panic.

use gradlab::backend::HostData;
use gradlab::export::safetensors;
use gradlab::nn::spec::NetworkSpec;
use gradlab::tensor::{Index, Tensor, print_elements};
use gradlab::{Shape, shape};
use proptest::prelude::*;

fn numbered(sizes: &[usize]) -> Tensor {
    let count = sizes.iter().product::<usize>() as i64;
    Tensor::from_vec((0..count).collect(), sizes).unwrap()
}

/// All positions of a shape, in order.
fn positions(sizes: &[usize]) -> Vec<Vec<usize>> {
    let mut all = vec![vec![]];
    for &size in sizes {
        all = all.into_iter().flat_map(|start| (0..size).map(move |i| [&start[..], &[i]].concat())).collect();
    }
    all
}

fn small_shape() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0usize..4, 0..4)
}

/// Two shapes that fit: a common one, with axes dropped in front and sizes replaced by 1.
fn fitting_shapes() -> impl Strategy<Value = (Vec<usize>, Vec<usize>)> {
    (prop::collection::vec((1usize..4, any::<bool>(), any::<bool>()), 0..4), 0usize..4, 0usize..4).prop_map(
        |(axes, left, right)| {
            let one = |stretch: bool, size: usize| if stretch { 1 } else { size };
            let all = |which: fn(&(usize, bool, bool)) -> bool| -> Vec<usize> {
                axes.iter().map(|axis| one(which(axis), axis.0)).collect()
            };
            let (a, b) = (all(|axis| axis.1), all(|axis| axis.2));
            (a[left.min(a.len())..].to_vec(), b[right.min(b.len())..].to_vec())
        },
    )
}

fn part() -> impl Strategy<Value = Index> {
    let bound = || prop::option::of(-5i64..6);
    prop_oneof![
        3 => (-4i64..5).prop_map(Index::At),
        4 => (bound(), bound(), prop::option::of(1i64..4)).prop_map(|(start, end, step)| Index::Range { start, end, step }),
        1 => Just(Index::Ellipsis),
        1 => Just(Index::NewAxis),
        2 => prop::collection::vec(-4i64..4, 1..3).prop_map(|list| Index::list(&list)),
    ]
}

/// What Python's slice gives for an axis, one position at a time.
fn sliced(start: Option<i64>, end: Option<i64>, step: Option<i64>, size: usize) -> Vec<usize> {
    let length = size as i64;
    let fix = |x: i64| if x < 0 { (x + length).max(0) } else { x.min(length) };
    let (mut i, end) = (fix(start.unwrap_or(0)), fix(end.unwrap_or(length)));
    let mut all = vec![];
    while i < end {
        all.push(i as usize);
        i += step.unwrap_or(1);
    }
    all
}

/// The obvious index: each part gives, for its axes, the positions to go through; one list at most.
fn slow_index(sizes: &[usize], parts: &[Index]) -> Option<(Vec<usize>, Vec<i64>)> {
    let taken = parts.iter().filter(|part| !matches!(part, Index::Ellipsis | Index::NewAxis)).count();
    let mut left = sizes.len().checked_sub(taken)?;
    let mut rest = sizes.iter().copied();
    let mut axes: Vec<(Vec<usize>, bool, bool)> = vec![]; // positions, reads an axis, shows in the result
    for part in parts.iter().chain([&Index::Ellipsis]) {
        match part {
            Index::Ellipsis => {
                for _ in 0..std::mem::take(&mut left) {
                    axes.push(((0..rest.next()?).collect(), true, true));
                }
            }
            Index::NewAxis => axes.push((vec![0], false, true)),
            Index::At(i) => {
                let size = rest.next()? as i64;
                let at = if *i < 0 { i + size } else { *i };
                axes.push((vec![usize::try_from(at).ok().filter(|&at| at < size as usize)?], true, false));
            }
            Index::Range { start, end, step } => axes.push((sliced(*start, *end, *step, rest.next()?), true, true)),
            Index::List { positions, .. } => {
                let size = rest.next()? as i64;
                let at = |i: &i64| usize::try_from(if *i < 0 { i + size } else { *i }).ok().filter(|&at| at < size as usize);
                axes.push((positions.iter().map(at).collect::<Option<_>>()?, true, true));
            }
            Index::Mask { .. } => return None,
        }
    }
    let strides = Shape::new(sizes).strides();
    let shown = axes.iter().filter(|axis| axis.2).map(|axis| axis.0.len()).collect();
    let counts: Vec<usize> = axes.iter().map(|axis| axis.0.len()).collect();
    let read = |position: Vec<usize>| {
        let chosen = axes.iter().zip(position).filter(|(axis, _)| axis.1).map(|(axis, i)| axis.0[i]);
        chosen.zip(&strides).map(|(i, stride)| (i * stride) as i64).sum()
    };
    Some((shown, positions(&counts).into_iter().map(read).collect()))
}

/// Printing, read back: the numbers between the brackets.
fn read_back(text: &str) -> Vec<f64> {
    let inner = text.strip_prefix("tensor(").unwrap();
    let inner = &inner[..inner.rfind(']').map_or(inner.len() - 1, |end| end + 1)];
    let words = inner.split(|c: char| c == ',' || c == '[' || c == ']' || c.is_whitespace());
    words.filter(|word| !word.is_empty()).map(|word| word.trim_end_matches('.').parse().unwrap()).collect()
}

proptest! {
    #[test]
    fn broadcasting_reads_what_the_rule_says((a, b) in fitting_shapes()) {
        let (left, right) = (numbered(&a), numbered(&b));
        let sum = left.mul_scalar(1000).unwrap().add(&right).unwrap();
        let rank = a.len().max(b.len());
        let size = |shape: &[usize], axis: usize| (axis + shape.len()).checked_sub(rank).map_or(1, |i| shape[i]);
        let sizes: Vec<usize> = (0..rank).map(|axis| size(&a, axis).max(size(&b, axis))).collect();
        prop_assert_eq!(&sum.shape()[..], &sizes[..]);
        let value = |shape: &[usize], position: &[usize]| {
            let own = position[rank - shape.len()..].iter().zip(shape).map(|(&i, &size)| if size == 1 { 0 } else { i });
            own.zip(shape).fold(0, |at, (i, size)| at * size + i) as f64
        };
        let expected: Vec<f64> =
            positions(&sizes).iter().map(|position| 1000.0 * value(&a, position) + value(&b, position)).collect();
        prop_assert_eq!(sum.to_f64_vec().unwrap(), expected);
    }

    #[test]
    fn shapes_that_do_not_fit_are_an_error(a in small_shape(), b in small_shape()) {
        let fits = a.iter().rev().zip(b.iter().rev()).all(|(x, y)| x == y || *x == 1 || *y == 1);
        prop_assert_eq!(numbered(&a).add(&numbered(&b)).is_ok(), fits);
        prop_assert_eq!(shape::Shape::new(&a).broadcast(&Shape::new(&b)).is_ok(), fits);
    }

    #[test]
    fn indexing_reads_what_python_says(sizes in small_shape(), parts in prop::collection::vec(part(), 0..5)) {
        let lists = parts.iter().filter(|part| matches!(part, Index::List { .. })).count();
        let x = numbered(&sizes);
        let ours = x.index(&parts);
        // With several lists only the absence of panics is claimed here; the fixtures have their values.
        if lists <= 1 {
            match slow_index(&sizes, &parts) {
                Some((shape, values)) => {
                    let ours = ours.unwrap();
                    prop_assert_eq!(&ours.shape()[..], &shape[..]);
                    prop_assert_eq!(ours.to_f64_vec().unwrap(), values.iter().map(|&v| v as f64).collect::<Vec<_>>());
                    // What is written there is read there again, and nothing else changes.
                    let marked = x.index_put(&parts, &Tensor::scalar(-7i64).unwrap()).unwrap();
                    prop_assert!(marked.index(&parts).unwrap().to_f64_vec().unwrap().iter().all(|&v| v == -7.0));
                    for (at, value) in marked.to_f64_vec().unwrap().into_iter().enumerate() {
                        prop_assert_eq!(value, if values.contains(&(at as i64)) { -7.0 } else { at as f64 });
                    }
                }
                None => prop_assert!(ours.is_err()),
            }
        }
    }

    #[test]
    fn masks_keep_what_is_true(sizes in small_shape(), bits in any::<u64>()) {
        let x = numbered(&sizes);
        let truths: Vec<bool> = (0..x.numel()).map(|i| bits >> (i % 64) & 1 == 1).collect();
        let kept = x.index(&[Index::Mask { truths: truths.clone(), shape: sizes.clone() }]).unwrap();
        let expected: Vec<f64> = (0..x.numel()).filter(|&i| truths[i]).map(|i| i as f64).collect();
        prop_assert_eq!(kept.to_f64_vec().unwrap(), expected);
    }

    #[test]
    fn printed_numbers_read_back(data in prop::collection::vec(-1e6f32..1e6, 1..40), columns in 1usize..8) {
        let rows = data.len() / columns;
        let data = if rows == 0 { data } else { data[..rows * columns].to_vec() };
        let shape = if rows == 0 { Shape::new(&[data.len()]) } else { Shape::new(&[rows, columns]) };
        let text = print_elements(&HostData::Float32(data.clone()), &shape, &[]);
        prop_assert!(text.lines().all(|line| line.len() <= 81), "{}", text);
        let read = read_back(&text);
        prop_assert_eq!(read.len(), data.len());
        for (read, value) in read.iter().zip(&data) {
            let value = f64::from(*value);
            prop_assert!((read - value).abs() <= 5.1e-5 * value.abs().max(1.0), "{} {}\n{}", read, value, text);
        }
    }

    #[test]
    fn printing_never_panics(sizes in prop::collection::vec(0usize..40, 0..4), bits in any::<u32>()) {
        let count: usize = sizes.iter().product();
        prop_assume!(count < 20_000);
        let data = (0..count as u32).map(|i| f32::from_bits(bits.wrapping_mul(i.wrapping_add(1)))).collect();
        let text = print_elements(&HostData::Float32(data), &Shape::new(&sizes), &["grad_fn=<AddBackward0>".to_string()]);
        prop_assert!(text.starts_with("tensor(") && text.ends_with(')'));
    }

    #[test]
    fn any_bytes_as_a_weight_file_are_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let spec = NetworkSpec::parse("linear10").unwrap();
        prop_assert!(safetensors::from_safetensors(&spec, &bytes).is_err());
        let _ = safetensors::notes(&bytes);
    }

    #[test]
    fn a_damaged_weight_file_is_an_answer(at in 0usize..400, byte in any::<u8>(), cut in 0usize..31_000) {
        let spec = NetworkSpec::parse("linear10").unwrap();
        let mut file = safetensors::to_safetensors(&spec, &[vec![0.5; 7840], vec![0.0; 10]], &[]).unwrap();
        let place = at.min(file.len() - 1);
        file[place] = byte;
        let _ = safetensors::from_safetensors(&spec, &file);
        let _ = safetensors::from_safetensors(&spec, &file[..cut.min(file.len())]);
    }

    #[test]
    fn any_text_as_a_network_is_an_answer(text in "[a-z0-9,.]{0,40}") {
        if let Ok(spec) = NetworkSpec::parse(&text) {
            prop_assert_eq!(NetworkSpec::parse(&spec.to_string()).unwrap(), spec);
        }
    }

    #[test]
    fn any_text_as_an_address_is_an_answer(text in "[ -~é]{0,60}") {
        let link = gradlab::export::link::read(&text);
        let again = gradlab::export::link::read(&gradlab::export::link::write(&link.settings));
        prop_assert_eq!(again.settings, link.settings);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Only the four files themselves are taken: random bytes, a true header over other bytes, and every length are refused.
    #[test]
    fn any_bytes_as_an_idx_file_are_refused(which in 0usize..4, bytes in prop::collection::vec(any::<u8>(), 0..100), fill in any::<u8>()) {
        let file = &gradlab::data::mnist::FILES[which];
        prop_assert!(gradlab::data::mnist::items(file, bytes.clone()).is_err());
        let header: Vec<u8> = if file.item == 1 {
            [0x0801, file.count as u32].iter().flat_map(|number| number.to_be_bytes()).collect()
        } else {
            [0x0803, file.count as u32, 28, 28].iter().flat_map(|number| number.to_be_bytes()).collect()
        };
        prop_assert!(gradlab::data::mnist::items(file, [header.clone(), bytes].concat()).is_err());
        let mut long = header;
        long.resize(file.length(), fill);
        prop_assert!(gradlab::data::mnist::items(file, long).is_err());
    }
}
