//! PyTorch's random numbers, bit for bit, against `tests/golden/random.json`.

use gradlab::random::Generator;
use serde_json::Value;

fn rows(kind: &str) -> Vec<Value> {
    let all: Vec<Value> = serde_json::from_str(include_str!("golden/random.json")).unwrap();
    let rows: Vec<Value> = all.into_iter().filter(|row| row["kind"] == kind).collect();
    assert!(!rows.is_empty(), "no rows of kind {kind}");
    rows
}

fn seeded(row: &Value) -> Generator {
    Generator::new(row["seed"].as_u64().unwrap())
}

fn list<T: serde::de::DeserializeOwned>(value: &Value) -> Vec<T> {
    serde_json::from_value(value.clone()).unwrap()
}

fn same_f32(what: &str, ours: &[f32], bits: &Value) {
    let theirs: Vec<u32> = list(bits);
    let ours: Vec<u32> = ours.iter().map(|x| x.to_bits()).collect();
    assert_eq!(ours, theirs, "{what}");
}

/// float64 logarithms and sines are the platform's; they may differ in the last place.
fn same_f64(what: &str, ours: &[f64], theirs: &Value) {
    let theirs: Vec<f64> = list(theirs);
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (a, b) in ours.iter().zip(&theirs) {
        assert!((a - b).abs() <= 4.0 * f64::EPSILON * b.abs(), "{what}: {a:?} {b:?}");
    }
}

/// Sum and exclusive or of all bits: equal for equal tensors, and for hardly anything else.
fn same_digest(what: &str, ours: &[f32], digest: &Value) {
    let every = digest["every"].as_u64().unwrap() as usize;
    let samples: Vec<f32> = ours.iter().copied().step_by(every).collect();
    assert_eq!(samples, list::<f32>(&digest["samples"]), "{what}: samples");
    assert_eq!(ours.iter().fold(0, |x, v| x ^ v.to_bits()), digest["bits_xor"], "{what}: xor of the bits");
    let sum: u64 = ours.iter().map(|v| u64::from(v.to_bits())).sum();
    assert_eq!(sum, digest["bits_sum"], "{what}: sum of the bits");
}

#[test]
fn every_kind_of_draw_in_turn() {
    for row in rows("draws") {
        let mut generator = seeded(&row);
        for draw in row["draws"].as_array().unwrap() {
            let (name, arguments, values) = (draw[0].as_str().unwrap(), &draw[1], &draw[2]);
            let what = format!("seed {}: {name}{arguments}", row["seed"]);
            let n = arguments[0].as_u64().unwrap() as usize;
            let number = |i: usize| arguments[i].as_f64().unwrap();
            let integer = |i: usize| arguments[i].as_i64().unwrap();
            match name {
                "rand_f32" => same_f32(&what, &generator.rand_f32(n), values),
                "randn_f32" => same_f32(&what, &generator.randn_f32(n), values),
                "normal_f32" => {
                    same_f32(&what, &generator.normal_f32(n, number(1) as f32, number(2) as f32), values);
                }
                "uniform_f32" => {
                    same_f32(&what, &generator.uniform_f32(n, number(1) as f32, number(2) as f32), values);
                }
                "rand_f64" => same_f64(&what, &generator.rand_f64(n), values),
                "randn_f64" => same_f64(&what, &generator.randn_f64(n), values),
                "normal_f64" => same_f64(&what, &generator.normal_f64(n, number(1), number(2)), values),
                "uniform_f64" => same_f64(&what, &generator.uniform_f64(n, number(1), number(2)), values),
                "randint" => {
                    assert_eq!(generator.randint(n, integer(1), integer(2)), list::<i64>(values), "{what}");
                }
                "randperm" => assert_eq!(generator.randperm(n), list::<usize>(values), "{what}"),
                "dropout_mask" => {
                    assert_eq!(generator.dropout_mask(n, number(1)), list::<bool>(values), "{what}");
                }
                "bernoulli" => assert_eq!(generator.bernoulli(n, number(1)), list::<bool>(values), "{what}"),
                other => panic!("the fixture has an unknown draw: {other}"),
            }
        }
    }
}

#[test]
fn a_hundred_thousand_normal_numbers_bit_for_bit() {
    for row in rows("randn") {
        let n = row["n"].as_u64().unwrap() as usize;
        let ours = seeded(&row).randn_f32(n);
        let samples: Vec<f32> = ours.iter().copied().step_by(row["every"].as_u64().unwrap() as usize).collect();
        same_f32("samples", &samples, &row["bits"]);
        assert_eq!(ours.iter().fold(0, |x, v| x ^ v.to_bits()), row["xor"]);
        assert_eq!(ours.iter().map(|v| u64::from(v.to_bits())).sum::<u64>(), row["sum"]);
    }
}

#[test]
fn order_of_the_data_loader() {
    let rows = rows("loader");
    for epochs in rows.chunk_by(|a, b| a["n"] == b["n"]) {
        let mut generator = seeded(&epochs[0]);
        for row in epochs {
            let n = row["n"].as_u64().unwrap() as usize;
            let order = generator.epoch_order(n);
            assert_eq!(order[..n.min(50)], list::<usize>(&row["first"]), "n {n}, epoch {}", row["epoch"]);
            let weighted: usize = order.iter().enumerate().map(|(i, x)| i * x).sum();
            assert_eq!(weighted, row["weighted"], "n {n}, epoch {}", row["epoch"]);
            if let Some(next) = row.get("next_rand") {
                assert_eq!(f64::from(generator.next_f32()), next.as_f64().unwrap(), "two draws an epoch, no more");
            }
        }
    }
}

#[test]
fn initial_weights_of_layers() {
    for row in rows("linear") {
        let (n_in, n_out) = (row["in"].as_u64().unwrap() as usize, row["out"].as_u64().unwrap() as usize);
        let mut generator = seeded(&row);
        let bound = 1.0 / (n_in as f64).sqrt();
        same_digest("weight", &generator.uniform_f32(n_in * n_out, -bound as f32, bound as f32), &row["weight"]);
        same_digest("bias", &generator.uniform_f32(n_out, -bound as f32, bound as f32), &row["bias"]);
    }
    for row in rows("conv") {
        let mut generator = seeded(&row);
        let bound = 1.0 / 45f64.sqrt();
        same_digest("weight", &generator.uniform_f32(10 * 45, -bound as f32, bound as f32), &row["weight"]);
        same_digest("bias", &generator.uniform_f32(10, -bound as f32, bound as f32), &row["bias"]);
    }
    for row in rows("kaiming") {
        let mut generator = seeded(&row);
        generator.randn_f32(200 * 784);
        let std = (2.0f64 / 784.0).sqrt() as f32;
        same_digest("kaiming", &generator.normal_f32(200 * 784, 0.0, std), &row["weight"]);
    }
}
