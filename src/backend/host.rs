//! Elements in the memory of the program, and what kinds of them there are: what goes to a device and comes back.

use crate::dtype::DType;

/// What a buffer holds. The first four are the tensors' dtypes; the last two serve inside kernels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Element {
    Float32,
    Float64,
    Int64,
    Bool,
    /// Labels, positions, counters: u32.
    Index,
    /// Packed images and masks: u8.
    Byte,
}

impl Element {
    /// Bytes of one element.
    pub fn width(self) -> usize {
        match self {
            Element::Float64 | Element::Int64 => 8,
            Element::Float32 | Element::Index => 4,
            Element::Bool | Element::Byte => 1,
        }
    }
}

impl From<DType> for Element {
    fn from(dtype: DType) -> Self {
        match dtype {
            DType::Float32 => Element::Float32,
            DType::Float64 => Element::Float64,
            DType::Int64 => Element::Int64,
            DType::Bool => Element::Bool,
        }
    }
}

/// Elements in the memory of the program, on their way to or from a device.
#[derive(Debug, Clone, PartialEq)]
pub enum HostData {
    Float32(Vec<f32>),
    Float64(Vec<f64>),
    Int64(Vec<i64>),
    Bool(Vec<bool>),
    Index(Vec<u32>),
    Byte(Vec<u8>),
}

impl HostData {
    /// What the elements are.
    pub fn element(&self) -> Element {
        match self {
            HostData::Float32(_) => Element::Float32,
            HostData::Float64(_) => Element::Float64,
            HostData::Int64(_) => Element::Int64,
            HostData::Bool(_) => Element::Bool,
            HostData::Index(_) => Element::Index,
            HostData::Byte(_) => Element::Byte,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            HostData::Float32(data) => data.len(),
            HostData::Float64(data) => data.len(),
            HostData::Int64(data) => data.len(),
            HostData::Bool(data) => data.len(),
            HostData::Index(data) => data.len(),
            HostData::Byte(data) => data.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// `length` zeros of this kind.
    pub fn zeros(element: Element, length: usize) -> HostData {
        match element {
            Element::Float32 => HostData::Float32(vec![0.0; length]),
            Element::Float64 => HostData::Float64(vec![0.0; length]),
            Element::Int64 => HostData::Int64(vec![0; length]),
            Element::Bool => HostData::Bool(vec![false; length]),
            Element::Index => HostData::Index(vec![0; length]),
            Element::Byte => HostData::Byte(vec![0; length]),
        }
    }

    /// Sets the elements at these positions to those of `from`, in order; the kinds must agree, or it is a broken invariant.
    pub fn put(&mut self, positions: &[usize], from: &HostData) {
        self.put_runs(positions.iter().copied(), 1, from);
    }

    /// Sets runs of `length` elements, which begin at these positions, to those of `from`, in order.
    pub fn put_runs(&mut self, starts: impl Iterator<Item = usize>, length: usize, from: &HostData) {
        fn set<T: Copy>(to: &mut [T], starts: impl Iterator<Item = usize>, length: usize, from: &[T]) {
            for (start, run) in starts.zip(from.chunks_exact(length.max(1))) {
                to[start..start + length].copy_from_slice(run);
            }
        }
        match (self, from) {
            (HostData::Float32(to), HostData::Float32(from)) => set(to, starts, length, from),
            (HostData::Float64(to), HostData::Float64(from)) => set(to, starts, length, from),
            (HostData::Int64(to), HostData::Int64(from)) => set(to, starts, length, from),
            (HostData::Bool(to), HostData::Bool(from)) => set(to, starts, length, from),
            (HostData::Index(to), HostData::Index(from)) => set(to, starts, length, from),
            (HostData::Byte(to), HostData::Byte(from)) => set(to, starts, length, from),
            (to, from) => panic!("putting {:?} among {:?}", from.element(), to.element()),
        }
    }

    /// Adds the elements of `from`, of these sizes, where a strided look would read them; floating kinds only, which must agree.
    pub fn add_strided(&mut self, sizes: &[usize], strides: &[isize], offset: usize, from: &HostData) {
        fn add<T: Copy + std::ops::AddAssign>(to: &mut [T], sizes: &[usize], strides: &[isize], offset: usize, from: &[T]) {
            let mut place = vec![0; sizes.len()];
            let mut at = offset as isize;
            for &value in from {
                to[at as usize] += value;
                for axis in (0..sizes.len()).rev() {
                    place[axis] += 1;
                    at += strides[axis];
                    if place[axis] < sizes[axis] {
                        break;
                    }
                    at -= strides[axis] * sizes[axis] as isize;
                    place[axis] = 0;
                }
            }
        }
        match (self, from) {
            (HostData::Float32(to), HostData::Float32(from)) => add(to, sizes, strides, offset, from),
            (HostData::Float64(to), HostData::Float64(from)) => add(to, sizes, strides, offset, from),
            (to, from) => panic!("adding {:?} to {:?}", from.element(), to.element()),
        }
    }

    /// Every element as a float64, whatever it is.
    pub fn to_f64(&self) -> Vec<f64> {
        match self {
            HostData::Float32(data) => data.iter().map(|&x| f64::from(x)).collect(),
            HostData::Float64(data) => data.clone(),
            HostData::Int64(data) => data.iter().map(|&x| x as f64).collect(),
            HostData::Bool(data) => data.iter().map(|&x| f64::from(u8::from(x))).collect(),
            HostData::Index(data) => data.iter().map(|&x| f64::from(x)).collect(),
            HostData::Byte(data) => data.iter().map(|&x| f64::from(x)).collect(),
        }
    }
}
