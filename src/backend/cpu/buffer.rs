//! Memory of the CPU backend: shared by handle, written by kernels through a borrow that is checked at run time.

#![allow(unsafe_code)]

use crate::backend::{Element, HostData};
use std::cell::{Ref, RefCell, RefMut};
use std::rc::Rc;

/// A handle on elements in ordinary memory.
#[derive(Debug, Clone)]
pub struct CpuBuffer {
    data: Rc<RefCell<HostData>>,
    element: Element,
    length: usize,
}

macro_rules! borrow_as {
    ($name:ident, $name_mut:ident, $variant:ident, $type:ty) => {
        /// The elements; a panic names a kernel that was given another kind of buffer.
        pub fn $name(&self) -> Ref<'_, [$type]> {
            Ref::map(self.data.borrow(), |data| match data {
                HostData::$variant(elements) => elements.as_slice(),
                other => panic!("the kernel needs {}, the buffer holds {:?}", stringify!($variant), other.element()),
            })
        }

        /// The elements, to be written; a panic names a kernel that was given another kind of buffer.
        pub fn $name_mut(&self) -> RefMut<'_, [$type]> {
            RefMut::map(self.data.borrow_mut(), |data| match data {
                HostData::$variant(elements) => elements.as_mut_slice(),
                other => panic!("the kernel needs {}, the buffer holds {:?}", stringify!($variant), other.element()),
            })
        }
    };
}

impl CpuBuffer {
    /// Takes the data over.
    pub fn new(data: HostData) -> Self {
        let (element, length) = (data.element(), data.len());
        CpuBuffer { data: Rc::new(RefCell::new(data)), element, length }
    }

    /// What it holds.
    pub fn element(&self) -> Element {
        self.element
    }

    /// How many elements.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Whether both are handles on the same memory.
    pub fn same(&self, other: &CpuBuffer) -> bool {
        Rc::ptr_eq(&self.data, &other.data)
    }

    /// A copy of the elements.
    pub fn to_host(&self) -> HostData {
        self.data.borrow().clone()
    }

    /// The elements in place, whatever they are.
    pub fn borrow(&self) -> Ref<'_, HostData> {
        self.data.borrow()
    }

    /// The elements in place, to be written.
    pub fn borrow_mut(&self) -> RefMut<'_, HostData> {
        self.data.borrow_mut()
    }

    /// Replaces elements from `offset` on. Kind and range were checked by `Buffer::write`.
    pub(super) fn overwrite(&self, offset: usize, data: &HostData) {
        fn copy<T: Copy>(to: &mut [T], offset: usize, from: &[T]) {
            to[offset..offset + from.len()].copy_from_slice(from);
        }
        match (&mut *self.data.borrow_mut(), data) {
            (HostData::Float32(to), HostData::Float32(from)) => copy(to, offset, from),
            (HostData::Float64(to), HostData::Float64(from)) => copy(to, offset, from),
            (HostData::Int64(to), HostData::Int64(from)) => copy(to, offset, from),
            (HostData::Bool(to), HostData::Bool(from)) => copy(to, offset, from),
            (HostData::Index(to), HostData::Index(from)) => copy(to, offset, from),
            (HostData::Byte(to), HostData::Byte(from)) => copy(to, offset, from),
            (to, from) => panic!("writing {:?} into a buffer of {:?}", from.element(), to.element()),
        }
    }

    /// The elements as unsigned numbers of their size, for kernels that only move them; a panic names one of another size.
    pub fn cells<C: Cell>(&self) -> Ref<'_, [C]> {
        Ref::map(self.data.borrow(), |data| {
            let (start, length) = C::checked(data);
            // SAFETY: so many elements of this size lie there, and every bit pattern is an unsigned number.
            unsafe { std::slice::from_raw_parts(start.cast(), length) }
        })
    }

    /// The same, to be written with elements of a buffer of the same kind; a panic names one of another kind.
    pub fn cells_from<C: Cell>(&self, source: &CpuBuffer) -> RefMut<'_, [C]> {
        assert_eq!(self.element, source.element, "elements are moved between buffers of one kind");
        RefMut::map(self.data.borrow_mut(), |data| {
            let (start, length) = C::checked(data);
            // SAFETY: as above; the memory is borrowed to be written, and what is moved into it are elements of its own kind.
            unsafe { std::slice::from_raw_parts_mut(start.cast_mut().cast(), length) }
        })
    }

    borrow_as!(float32, float32_mut, Float32, f32);
    borrow_as!(float64, float64_mut, Float64, f64);
    borrow_as!(int64, int64_mut, Int64, i64);
    borrow_as!(boolean, boolean_mut, Bool, bool);
    borrow_as!(index, index_mut, Index, u32);
    borrow_as!(byte, byte_mut, Byte, u8);
}

/// An unsigned number as large as some kinds of elements.
pub trait Cell: Copy {
    /// Where the elements lie, and how many there are.
    fn checked(data: &HostData) -> (*const u8, usize) {
        let (start, length, size) = match data {
            HostData::Float32(elements) => (elements.as_ptr().cast(), elements.len(), 4),
            HostData::Index(elements) => (elements.as_ptr().cast(), elements.len(), 4),
            HostData::Float64(elements) => (elements.as_ptr().cast(), elements.len(), 8),
            HostData::Int64(elements) => (elements.as_ptr().cast(), elements.len(), 8),
            HostData::Bool(elements) => (elements.as_ptr().cast(), elements.len(), 1),
            HostData::Byte(elements) => (elements.as_ptr(), elements.len(), 1),
        };
        assert_eq!(size, size_of::<Self>(), "elements of {:?}", data.element());
        (start, length)
    }
}

impl Cell for u8 {}
impl Cell for u32 {}
impl Cell for u64 {}
