//! Weights as a safetensors file with PyTorch's `state_dict` names, and back. The spec rides along as metadata, so that
//! a file can be recognised.

use crate::error::{Error, Result};
use crate::nn::spec::NetworkSpec;
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use std::collections::HashMap;

/// Writes the parameters' values, in the order of the spec. `notes` become metadata.
pub fn to_safetensors(spec: &NetworkSpec, values: &[Vec<f32>], notes: &[(&str, String)]) -> Result<Vec<u8>> {
    let broken = |error: safetensors::SafeTensorError| Error::Format(error.to_string());
    let mut tensors = Vec::new();
    for ((name, shape), values) in spec.parameters()?.into_iter().zip(values) {
        let view = TensorView::new(Dtype::F32, shape, bytemuck::cast_slice(values)).map_err(broken)?;
        tensors.push((name, view));
    }
    let mut metadata: HashMap<String, String> = notes.iter().map(|(key, value)| (key.to_string(), value.clone())).collect();
    metadata.insert("format".to_string(), "pt".to_string());
    metadata.insert("network".to_string(), spec.to_string());
    serialize(tensors, Some(metadata)).map_err(broken)
}

/// Reads the parameters' values, in the order of the spec. An error names what is missing or of another size, both sizes
/// given.
pub fn from_safetensors(spec: &NetworkSpec, bytes: &[u8]) -> Result<Vec<Vec<f32>>> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| Error::Format(error.to_string()))?;
    let wanted = spec.parameters()?;
    if file.len() != wanted.len() {
        return Err(Error::Format(format!("the file holds {} tensors, the network needs {}", file.len(), wanted.len())));
    }
    let read = |(name, shape): (String, Vec<usize>)| {
        let tensor = file.tensor(&name).map_err(|_| Error::Format(format!("the file holds no tensor {name}")))?;
        if tensor.shape() != shape {
            return Err(Error::Format(format!("{name}: the file has {:?}, the network {shape:?}", tensor.shape())));
        }
        let data = tensor.data();
        match tensor.dtype() {
            Dtype::F32 => {
                Ok(data.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect())
            }
            Dtype::F64 => Ok(data
                .chunks_exact(8)
                .map(|eight| f64::from_le_bytes(eight.try_into().unwrap_or_default()) as f32)
                .collect()),
            other => Err(Error::Format(format!("{name} holds {other:?}; float32 or float64 can be read"))),
        }
    };
    let values: Vec<Vec<f32>> = wanted.into_iter().map(read).collect::<Result<_>>()?;
    if values.iter().flatten().any(|value| !value.is_finite()) {
        return Err(Error::Format("the file holds weights that are infinite or not a number".to_string()));
    }
    Ok(values)
}

/// The metadata of a file: `network`, and what else was noted.
pub fn notes(bytes: &[u8]) -> Result<HashMap<String, String>> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| Error::Format(error.to_string()))?;
    Ok(header.metadata().clone().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_come_back() {
        let spec = NetworkSpec::parse("conv2k3,relu,maxpool2,linear10").unwrap();
        let values: Vec<Vec<f32>> = spec
            .parameters()
            .unwrap()
            .iter()
            .map(|(_, shape)| (0..shape.iter().product::<usize>()).map(|i| i as f32 * 0.5).collect())
            .collect();
        let bytes = to_safetensors(&spec, &values, &[("accuracy", "0.5".to_string())]).unwrap();
        assert_eq!(from_safetensors(&spec, &bytes).unwrap(), values);
        assert_eq!(notes(&bytes).unwrap()["network"], spec.to_string());
        assert_eq!(notes(&bytes).unwrap()["accuracy"], "0.5");
    }

    #[test]
    fn other_files_are_refused() {
        let spec = NetworkSpec::preset("cnn").unwrap();
        assert!(from_safetensors(&spec, b"").is_err());
        assert!(from_safetensors(&spec, &[255; 64]).is_err());
        let other = NetworkSpec::parse("conv2k3,relu,maxpool2,conv2k3,linear10").unwrap();
        let zeros: Vec<Vec<f32>> =
            other.parameters().unwrap().iter().map(|(_, shape)| vec![0.0; shape.iter().product()]).collect();
        let bytes = to_safetensors(&other, &zeros, &[]).unwrap();
        let message = from_safetensors(&spec, &bytes).unwrap_err().to_string();
        assert!(message.contains("[2, 1, 3, 3]") && message.contains("[10, 1, 5, 5]"), "{message}");
    }
}
