//! Printing, character for character, against `tests/golden/printing.json`.

use gradlab::DType;
use gradlab::tensor::Tensor;
use serde_json::Value;

fn number(value: &Value) -> f64 {
    match value {
        Value::Bool(truth) => f64::from(u8::from(*truth)),
        Value::String(word) => word.parse().unwrap(),
        other => other.as_f64().unwrap(),
    }
}

fn elements(row: &Value, count: usize) -> Vec<f64> {
    if let Some(data) = row["data"].as_array() {
        return data.iter().map(number).collect();
    }
    let value = |i: f64| match row["rule"].as_str().unwrap() {
        "index" => i,
        "thousandth" => i / 1000.0,
        "alternate" => {
            if i % 2.0 == 0.0 {
                i
            } else {
                -i
            }
        }
        "wide" => i * i * 1e-3 + 1e-6,
        "mod" => i % 7.0 / 8.0,
        other => panic!("unknown rule {other}"),
    };
    (0..count).map(|i| value(i as f64)).collect()
}

#[test]
fn every_tensor_prints_as_in_pytorch() {
    let rows: Vec<Value> = serde_json::from_str(include_str!("golden/printing.json")).unwrap();
    assert!(rows.len() > 100);
    let mut failures = vec![];
    for row in &rows {
        let shape: Vec<usize> = serde_json::from_value(row["shape"].clone()).unwrap();
        let dtype = [DType::Float32, DType::Float64, DType::Int64, DType::Bool];
        let dtype = dtype.into_iter().find(|dtype| dtype.name() == row["dtype"].as_str().unwrap()).unwrap();
        // Integers beyond 2^53 do not pass through float64.
        let tensor = if dtype == DType::Int64 && row["data"].is_array() {
            Tensor::from_vec(serde_json::from_value::<Vec<i64>>(row["data"].clone()).unwrap(), shape).unwrap()
        } else {
            let data = elements(row, shape.iter().product());
            Tensor::from_vec(data, shape).unwrap().to_dtype(dtype).unwrap()
        };
        tensor.requires_grad_(row["requires_grad"] == true).unwrap();
        let (ours, theirs) = (tensor.to_string(), row["text"].as_str().unwrap());
        if ours != theirs {
            failures.push(format!("ours\n{ours}\nPyTorch\n{theirs}"));
        }
    }
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), rows.len(), failures.join("\n\n"));
}
