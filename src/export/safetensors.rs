//! Weights as a safetensors file with PyTorch's `state_dict` names, shapes and order, and back. Reading is bounded by the
//! file's own size; a file of another network is answered with every name and both shapes that do not fit.

use crate::error::{Error, Mistake, Result};
use crate::nn::spec::NetworkSpec;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::HashMap;

/// Writes the parameters' values, in the order of the spec. `notes` become metadata, beside the network's own text.
///
/// ```
/// use gradlab::{export::safetensors, nn::spec::NetworkSpec};
/// let spec = NetworkSpec::parse("linear10")?;
/// let values = vec![vec![0.5; 7840], vec![0.0; 10]];
/// let file = safetensors::to_safetensors(&spec, &values, &[])?;
/// assert_eq!(safetensors::from_safetensors(&spec, &file)?, values);
/// # Ok::<(), gradlab::Error>(())
/// ```
pub fn to_safetensors(spec: &NetworkSpec, values: &[Vec<f32>], notes: &[(&str, String)]) -> Result<Vec<u8>> {
    let parameters = spec.parameters()?;
    if parameters.len() != values.len() {
        return Err(Error::Format(format!("the network has {} parameters, {} were given", parameters.len(), values.len())));
    }
    // Written by hand: the crate sorts by name, and a state_dict has its weight before its bias.
    let mut metadata = vec![("format", "pt".to_string()), ("network", spec.to_string())];
    metadata.extend(notes.iter().cloned());
    let text = |text: &str| serde_json::Value::from(text).to_string();
    let pairs: Vec<String> = metadata.iter().map(|(key, value)| format!("{}:{}", text(key), text(value))).collect();
    let mut header = format!("{{\"__metadata__\":{{{}}}", pairs.join(","));
    let mut data = Vec::new();
    for ((name, shape), values) in parameters.iter().zip(values) {
        if shape.iter().product::<usize>() != values.len() {
            return Err(Error::Shape(format!("{name} has shape {shape:?}, {} values were given", values.len())));
        }
        let start = data.len();
        data.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        let offsets = [start, data.len()];
        header += &format!(",{}:{{\"dtype\":\"F32\",\"shape\":{shape:?},\"data_offsets\":{offsets:?}}}", text(name));
    }
    header.push('}');
    while !header.len().is_multiple_of(8) {
        header.push(' ');
    }
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.as_bytes());
    file.extend(data);
    Ok(file)
}

/// Reads the parameters' values, in the order of the spec, from float32, float64, float16 or bfloat16. The error for a
/// file of another network says what is missing, what is too many, and both shapes where they differ.
pub fn from_safetensors(spec: &NetworkSpec, bytes: &[u8]) -> Result<Vec<Vec<f32>>> {
    let file = SafeTensors::deserialize(bytes).map_err(unreadable)?;
    let wanted = spec.parameters()?;
    let mut problems = Vec::new();
    let mut values = Vec::with_capacity(wanted.len());
    for (name, shape) in &wanted {
        match file.tensor(name) {
            Err(_) => problems.push(format!("missing {name} {shape:?}")),
            Ok(tensor) if tensor.shape() != shape => {
                problems.push(format!("{name}: the file has {:?}, the network {shape:?}", tensor.shape()));
            }
            Ok(tensor) => match numbers(&tensor) {
                Some(numbers) if numbers.iter().all(|number| number.is_finite()) => values.push(numbers),
                Some(_) => problems.push(format!("{name} holds numbers that are infinite or not a number")),
                None => problems.push(format!("{name} holds {:?}, not floating numbers", tensor.dtype())),
            },
        }
    }
    let mut foreign: Vec<&str> = file.names().into_iter().filter(|name| wanted.iter().all(|(own, _)| own != name)).collect();
    foreign.sort_unstable();
    problems.extend(foreign.iter().map(|name| format!("unexpected {}", shortened(name))));
    if problems.is_empty() {
        return Ok(values);
    }
    let more = problems.len().saturating_sub(8);
    problems.truncate(8);
    let end = if more > 0 { format!("; and {more} more") } else { String::new() };
    let details = format!("{}{end}", problems.join("; "));
    Err(Error::Mistake(Mistake::OtherWeights { network: spec.to_string(), details }))
}

/// The metadata of a file: `network`, and what else was noted.
pub fn notes(bytes: &[u8]) -> Result<HashMap<String, String>> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(unreadable)?;
    Ok(header.metadata().clone().unwrap_or_default())
}

fn unreadable(error: safetensors::SafeTensorError) -> Error {
    Error::Mistake(Mistake::NotWeights { detail: shortened(&error.to_string()) })
}

/// A foreign name may be as long as its file.
fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(80).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

fn numbers(tensor: &TensorView<'_>) -> Option<Vec<f32>> {
    let data = tensor.data();
    let half = |bits: u16| {
        let sign = if bits >> 15 == 1 { -1.0f32 } else { 1.0 };
        let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023));
        match exponent {
            31 if fraction == 0.0 => sign * f32::INFINITY,
            31 => f32::NAN,
            0 => sign * fraction * 2f32.powi(-24),
            _ => sign * (1.0 + fraction / 1024.0) * 2f32.powi(exponent - 15),
        }
    };
    let pairs = || data.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]]));
    Some(match tensor.dtype() {
        Dtype::F32 => data.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect(),
        Dtype::F64 => data.as_chunks::<8>().0.iter().map(|&eight| f64::from_le_bytes(eight) as f32).collect(),
        Dtype::F16 => pairs().map(half).collect(),
        Dtype::BF16 => pairs().map(|bits| f32::from_bits(u32::from(bits) << 16)).collect(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(spec: &NetworkSpec) -> Vec<Vec<f32>> {
        let parameters = spec.parameters().unwrap();
        let values = |shape: &[usize]| (0..shape.iter().product::<usize>()).map(|i| i as f32 * 0.5 - 3.0).collect();
        parameters.iter().map(|(_, shape)| values(shape)).collect()
    }

    #[test]
    fn weights_come_back_in_the_order_of_a_state_dict() {
        let spec = NetworkSpec::parse("conv2k3,relu,maxpool2,linear10").unwrap();
        let values = filled(&spec);
        let bytes = to_safetensors(&spec, &values, &[("accuracy", "0.5 \"quoted\"".to_string())]).unwrap();
        assert_eq!(from_safetensors(&spec, &bytes).unwrap(), values);
        assert_eq!(notes(&bytes).unwrap()["network"], spec.to_string());
        assert_eq!(notes(&bytes).unwrap()["accuracy"], "0.5 \"quoted\"");
        let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
        assert_eq!(header.offset_keys(), ["0.weight", "0.bias", "3.weight", "3.bias"]);
    }

    #[test]
    fn another_network_is_refused_with_names_and_both_shapes() {
        let cnn = NetworkSpec::preset("cnn").unwrap();
        assert!(from_safetensors(&cnn, b"").is_err());
        assert!(from_safetensors(&cnn, &[255; 64]).is_err());
        let other = NetworkSpec::parse("conv2k3,relu,maxpool2,linear10").unwrap();
        let bytes = to_safetensors(&other, &filled(&other), &[]).unwrap();
        let message = from_safetensors(&cnn, &bytes).unwrap_err().to_string();
        for part in ["0.weight: the file has [2, 1, 3, 3], the network [10, 1, 5, 5]", "missing 7.bias [10]"] {
            assert!(message.contains(part), "{message}");
        }
        let mut poisoned = filled(&other);
        poisoned[1][0] = f32::NAN;
        let bytes = to_safetensors(&other, &poisoned, &[]).unwrap();
        assert!(from_safetensors(&other, &bytes).unwrap_err().to_string().contains("0.bias holds numbers"));
    }

    #[test]
    fn half_precision_reads() {
        let spec = NetworkSpec { input: vec![2], layers: vec![crate::nn::spec::LayerSpec::Linear { units: 2 }] };
        for (dtype, bits) in [("F16", [0x3c00u16, 0xc000, 0x3555, 0x0001]), ("BF16", [0x3f80, 0xc000, 0x3eab, 0x3380])] {
            let mut header = format!(
                "{{\"0.weight\":{{\"dtype\":\"{dtype}\",\"shape\":[2,2],\"data_offsets\":[0,8]}},\
                 \"0.bias\":{{\"dtype\":\"{dtype}\",\"shape\":[2],\"data_offsets\":[8,12]}}}}"
            );
            while header.len() % 8 != 0 {
                header.push(' ');
            }
            let mut file = (header.len() as u64).to_le_bytes().to_vec();
            file.extend(header.bytes());
            file.extend(bits.iter().chain(&bits[..2]).flat_map(|bits| bits.to_le_bytes()));
            let values = from_safetensors(&spec, &file).unwrap();
            assert_eq!(values[0][..2], [1.0, -2.0]);
            assert!((values[0][2] - 1.0 / 3.0).abs() < 2e-3 && (values[0][3] - 5.96e-8).abs() < 1e-9, "{values:?}");
        }
    }
}
