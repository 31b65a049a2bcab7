//! Memory on the GPU. A buffer goes back to the pool of its context when its last handle is dropped.
//!
//! How elements lie: float32 and Index as they are; int64 as 32 bits with a sign (classes and positions fit); a flag (Bool) as a word of 0 or 1; bytes four to a word where they were
//! uploaded, one to a word where a kernel is to write them (two threads cannot write into one word).

use super::GpuBackend;
use super::context::Context;
use crate::backend::{self, Buffer, Device, Element, HostData};
use crate::error::{Error, Result};
use std::any::Any;
use std::fmt;
use std::rc::Rc;

pub(super) struct Memory {
    pub context: Rc<Context>,
    pub raw: wgpu::Buffer,
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.context.recycle(self.raw.clone());
    }
}

/// A handle on elements in the memory of the GPU.
#[derive(Clone)]
pub struct GpuBuffer {
    memory: Rc<Memory>,
    element: Element,
    length: usize,
    packed: bool,
}

impl fmt::Debug for GpuBuffer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "GpuBuffer({:?} x {})", self.element, self.length)
    }
}

/// Words that `length` elements take.
pub(super) fn words(length: usize, packed: bool) -> usize {
    if packed { length.div_ceil(4) } else { length }
}

impl GpuBuffer {
    pub(super) fn new(memory: Memory, element: Element, length: usize, packed: bool) -> Self {
        GpuBuffer { memory: Rc::new(memory), element, length, packed }
    }

    /// The handle inside one of any device; an error if that is another.
    pub fn of(buffer: &Buffer) -> Result<&GpuBuffer> {
        let buffer: Option<&GpuBuffer> = match buffer {
            Buffer::Gpu(memory) => (&**memory as &dyn Any).downcast_ref(),
            Buffer::Cpu(_) => None,
        };
        buffer.ok_or_else(|| backend::two_devices("gpu", "cpu"))
    }

    /// What it holds.
    pub fn element(&self) -> Element {
        self.element
    }

    /// How many elements.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether both are handles on the same memory.
    pub fn same(&self, other: &GpuBuffer) -> bool {
        Rc::ptr_eq(&self.memory, &other.memory)
    }

    /// A number that two handles share exactly when they are on the same memory.
    pub(super) fn identity(&self) -> usize {
        Rc::as_ptr(&self.memory) as usize
    }

    /// Whether bytes lie four to a word.
    pub(super) fn packed(&self) -> bool {
        self.packed
    }

    pub(super) fn raw(&self) -> &wgpu::Buffer {
        &self.memory.raw
    }

    pub(super) fn context(&self) -> &Rc<Context> {
        &self.memory.context
    }
}

impl backend::Memory for GpuBuffer {
    fn element(&self) -> Element {
        self.element
    }

    fn length(&self) -> usize {
        self.length
    }

    fn identity(&self) -> usize {
        self.identity()
    }

    fn device(&self) -> Device {
        GpuBackend { context: self.context().clone() }.device()
    }
}

/// Checks that the GPU can hold such elements.
pub(super) fn check_element(element: Element) -> Result<()> {
    match element {
        Element::Float64 => Err(Error::DType(
            "the GPU holds float32, not float64; convert it with .to(float32) first, or keep it on the CPU".to_string(),
        )),
        _ => Ok(()),
    }
}

/// The elements as words of the GPU.
pub(super) fn to_words(data: &HostData, packed: bool) -> Result<Vec<u32>> {
    check_element(data.element())?;
    Ok(match data {
        HostData::Float32(values) => values.iter().map(|value| value.to_bits()).collect(),
        HostData::Index(values) => values.clone(),
        HostData::Bool(values) => values.iter().map(|&value| u32::from(value)).collect(),
        HostData::Byte(values) if packed => values
            .chunks(4)
            .map(|chunk| chunk.iter().enumerate().fold(0, |word, (i, &byte)| word | (u32::from(byte) << (8 * i))))
            .collect(),
        HostData::Byte(values) => values.iter().map(|&value| u32::from(value)).collect(),
        HostData::Int64(values) => values.iter().map(|&value| word(value)).collect::<Result<_>>()?,
        HostData::Float64(_) => Vec::new(),
    })
}

fn word(value: i64) -> Result<u32> {
    let narrow = i32::try_from(value);
    narrow
        .map(|narrow| narrow as u32)
        .map_err(|_| Error::DType(format!("the GPU holds int64 in 32 bits, and {value} is beyond them; keep it on the CPU")))
}

/// Words of the GPU as elements.
pub(super) fn from_words(words: &[u32], element: Element, length: usize, packed: bool) -> HostData {
    match element {
        Element::Index => HostData::Index(words[..length].to_vec()),
        Element::Int64 => HostData::Int64(words[..length].iter().map(|&word| i64::from(word as i32)).collect()),
        Element::Bool => HostData::Bool(words[..length].iter().map(|&word| word != 0).collect()),
        Element::Byte if packed => HostData::Byte((0..length).map(|i| (words[i / 4] >> (8 * (i % 4))) as u8).collect()),
        Element::Byte => HostData::Byte(words[..length].iter().map(|&word| word as u8).collect()),
        _ => HostData::Float32(words[..length].iter().map(|&word| f32::from_bits(word)).collect()),
    }
}
