//! Short vectors of float32, the one thing that differs between the machines: four lanes in wasm (`simd128`, with a fused
//! multiply-add in the `relaxed-simd` build), four, eight or sixteen on x86-64, found out when the program starts.
//! Kernels are written once over [`Simd`], and entered through [`run`] or [`run_narrow`].

#![allow(unsafe_code)]

/// Vectors of one width. `Copy` values of no size, so that kernels are compiled for each.
///
/// # Safety
/// Every function may be called only on a machine that has the instructions, and with pointers to as many floats as
/// the function reads or writes. [`run`] sees to the first.
pub trait Simd: Copy + 'static {
    type Vector: Copy;
    const LANES: usize;
    unsafe fn load(from: *const f32) -> Self::Vector;
    unsafe fn store(to: *mut f32, value: Self::Vector);
    unsafe fn splat(value: f32) -> Self::Vector;
    /// One float, in every lane.
    unsafe fn load_splat(from: *const f32) -> Self::Vector;
    unsafe fn add(a: Self::Vector, b: Self::Vector) -> Self::Vector;
    unsafe fn multiply(a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a b + c`; rounded once where the machine can.
    unsafe fn multiply_add(a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    /// `b` where `a < b`, else `a`: a NaN in `a` stays.
    unsafe fn larger(a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `chosen` where `a > b`, else `other`.
    unsafe fn where_greater(a: Self::Vector, b: Self::Vector, chosen: Self::Vector, other: Self::Vector) -> Self::Vector;
}

/// Work that can be compiled for any width.
pub trait Task {
    fn run<S: Simd>(self);
}

/// Runs the task with the widest vectors of this machine.
#[inline]
pub fn run<T: Task>(task: T) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx512f")]
        unsafe fn with_512<T: Task>(task: T) {
            task.run::<x86::Lanes16>();
        }
        #[target_feature(enable = "avx2,fma")]
        unsafe fn with_256<T: Task>(task: T) {
            task.run::<x86::Lanes8>();
        }
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: the feature was detected.
            return unsafe { with_512(task) };
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: both features were detected.
            return unsafe { with_256(task) };
        }
    }
    task.run::<Narrow>();
}

/// Runs the task with four lanes: for planes too narrow to fill wider vectors.
#[inline]
pub fn run_narrow<T: Task>(task: T) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,fma")]
        unsafe fn with_fma<T: Task>(task: T) {
            task.run::<x86::Lanes4>();
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: both features were detected.
            return unsafe { with_fma(task) };
        }
    }
    task.run::<Narrow>();
}

/// What the instructions in use are called, for the bench.
pub fn name() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            return "AVX-512";
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            return "AVX2";
        }
    }
    if cfg!(all(target_arch = "wasm32", target_feature = "relaxed-simd")) {
        "relaxed-simd"
    } else if cfg!(all(target_arch = "wasm32", target_feature = "simd128")) {
        "simd128"
    } else {
        "portable"
    }
}

/// Writes the four columns of four rows of four floats below each other, `stride` floats apart.
///
/// # Safety
/// Each row holds four floats, and so does every place that is written.
#[inline(always)]
pub unsafe fn transpose(rows: [*const f32; 4], to: *mut f32, stride: usize) {
    unsafe {
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        let columns = {
            use core::arch::wasm32::*;
            let [a, b, c, d] = rows.map(|row| v128_load(row.cast()));
            let (ab, cd) = (i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<0, 4, 1, 5>(c, d));
            let (ab_high, cd_high) = (i32x4_shuffle::<2, 6, 3, 7>(a, b), i32x4_shuffle::<2, 6, 3, 7>(c, d));
            [
                i64x2_shuffle::<0, 2>(ab, cd),
                i64x2_shuffle::<1, 3>(ab, cd),
                i64x2_shuffle::<0, 2>(ab_high, cd_high),
                i64x2_shuffle::<1, 3>(ab_high, cd_high),
            ]
        };
        #[cfg(target_arch = "x86_64")]
        let columns = {
            use core::arch::x86_64::*;
            let [mut a, mut b, mut c, mut d] = rows.map(|row| _mm_loadu_ps(row));
            _MM_TRANSPOSE4_PS(&mut a, &mut b, &mut c, &mut d);
            [a, b, c, d]
        };
        #[cfg(not(any(target_arch = "x86_64", all(target_arch = "wasm32", target_feature = "simd128"))))]
        let columns: [[f32; 4]; 4] = std::array::from_fn(|column| rows.map(|row| *row.add(column)));
        for (i, column) in columns.into_iter().enumerate() {
            std::ptr::write_unaligned(to.add(i * stride).cast(), column);
        }
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub use wasm::Lanes4 as Narrow;

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub use portable::Lanes4 as Narrow;

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm {
    use super::Simd;
    use core::arch::wasm32::*;

    #[derive(Clone, Copy)]
    pub struct Lanes4;

    impl Simd for Lanes4 {
        type Vector = v128;
        const LANES: usize = 4;
        #[inline(always)]
        unsafe fn load(from: *const f32) -> v128 {
            unsafe { v128_load(from.cast()) }
        }
        #[inline(always)]
        unsafe fn store(to: *mut f32, value: v128) {
            unsafe { v128_store(to.cast(), value) }
        }
        #[inline(always)]
        unsafe fn splat(value: f32) -> v128 {
            f32x4_splat(value)
        }
        #[inline(always)]
        unsafe fn load_splat(from: *const f32) -> v128 {
            unsafe { v128_load32_splat(from.cast()) }
        }
        #[inline(always)]
        unsafe fn add(a: v128, b: v128) -> v128 {
            f32x4_add(a, b)
        }
        #[inline(always)]
        unsafe fn multiply(a: v128, b: v128) -> v128 {
            f32x4_mul(a, b)
        }
        #[inline(always)]
        unsafe fn multiply_add(a: v128, b: v128, c: v128) -> v128 {
            #[cfg(target_feature = "relaxed-simd")]
            {
                f32x4_relaxed_madd(a, b, c)
            }
            #[cfg(not(target_feature = "relaxed-simd"))]
            {
                f32x4_add(f32x4_mul(a, b), c)
            }
        }
        #[inline(always)]
        unsafe fn larger(a: v128, b: v128) -> v128 {
            f32x4_pmax(a, b)
        }
        #[inline(always)]
        unsafe fn where_greater(a: v128, b: v128, chosen: v128, other: v128) -> v128 {
            v128_bitselect(chosen, other, f32x4_gt(a, b))
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Simd;
    use core::arch::x86_64::*;

    macro_rules! lanes {
        ($name:ident, $vector:ty, $count:expr, $load:ident, $store:ident, $splat:ident, $add:ident, $multiply:ident,
         $multiply_add:ident, $max:ident, $select:expr) => {
            #[derive(Clone, Copy)]
            pub struct $name;

            impl Simd for $name {
                type Vector = $vector;
                const LANES: usize = $count;
                #[inline(always)]
                unsafe fn load(from: *const f32) -> $vector {
                    unsafe { $load(from) }
                }
                #[inline(always)]
                unsafe fn store(to: *mut f32, value: $vector) {
                    unsafe { $store(to, value) }
                }
                #[inline(always)]
                unsafe fn splat(value: f32) -> $vector {
                    unsafe { $splat(value) }
                }
                #[inline(always)]
                unsafe fn load_splat(from: *const f32) -> $vector {
                    unsafe { $splat(*from) }
                }
                #[inline(always)]
                unsafe fn add(a: $vector, b: $vector) -> $vector {
                    unsafe { $add(a, b) }
                }
                #[inline(always)]
                unsafe fn multiply(a: $vector, b: $vector) -> $vector {
                    unsafe { $multiply(a, b) }
                }
                #[inline(always)]
                unsafe fn multiply_add(a: $vector, b: $vector, c: $vector) -> $vector {
                    unsafe { $multiply_add(a, b, c) }
                }
                #[inline(always)]
                unsafe fn larger(a: $vector, b: $vector) -> $vector {
                    // The instruction gives its second operand where one is NaN.
                    unsafe { $max(b, a) }
                }
                #[inline(always)]
                unsafe fn where_greater(a: $vector, b: $vector, chosen: $vector, other: $vector) -> $vector {
                    unsafe { $select(a, b, chosen, other) }
                }
            }
        };
    }

    lanes!(
        Lanes4,
        __m128,
        4,
        _mm_loadu_ps,
        _mm_storeu_ps,
        _mm_set1_ps,
        _mm_add_ps,
        _mm_mul_ps,
        _mm_fmadd_ps,
        _mm_max_ps,
        |a, b, chosen, other| _mm_blendv_ps(other, chosen, _mm_cmpgt_ps(a, b))
    );
    lanes!(
        Lanes8,
        __m256,
        8,
        _mm256_loadu_ps,
        _mm256_storeu_ps,
        _mm256_set1_ps,
        _mm256_add_ps,
        _mm256_mul_ps,
        _mm256_fmadd_ps,
        _mm256_max_ps,
        |a, b, chosen, other| _mm256_blendv_ps(other, chosen, _mm256_cmp_ps::<_CMP_GT_OQ>(a, b))
    );
    lanes!(
        Lanes16,
        __m512,
        16,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_set1_ps,
        _mm512_add_ps,
        _mm512_mul_ps,
        _mm512_fmadd_ps,
        _mm512_max_ps,
        |a, b, chosen, other| _mm512_mask_blend_ps(_mm512_cmp_ps_mask::<_CMP_GT_OQ>(a, b), other, chosen)
    );
}

#[cfg_attr(all(target_arch = "wasm32", target_feature = "simd128"), allow(dead_code))]
mod portable {
    use super::Simd;

    /// Four plain floats: what is left to the compiler on other machines.
    #[derive(Clone, Copy)]
    pub struct Lanes4;

    impl Simd for Lanes4 {
        type Vector = [f32; 4];
        const LANES: usize = 4;
        #[inline(always)]
        unsafe fn load(from: *const f32) -> [f32; 4] {
            unsafe { from.cast::<[f32; 4]>().read_unaligned() }
        }
        #[inline(always)]
        unsafe fn store(to: *mut f32, value: [f32; 4]) {
            unsafe { to.cast::<[f32; 4]>().write_unaligned(value) }
        }
        #[inline(always)]
        unsafe fn splat(value: f32) -> [f32; 4] {
            [value; 4]
        }
        #[inline(always)]
        unsafe fn load_splat(from: *const f32) -> [f32; 4] {
            unsafe { [*from; 4] }
        }
        #[inline(always)]
        unsafe fn add(a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
            std::array::from_fn(|i| a[i] + b[i])
        }
        #[inline(always)]
        unsafe fn multiply(a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
            std::array::from_fn(|i| a[i] * b[i])
        }
        #[inline(always)]
        unsafe fn multiply_add(a: [f32; 4], b: [f32; 4], c: [f32; 4]) -> [f32; 4] {
            std::array::from_fn(|i| a[i] * b[i] + c[i])
        }
        #[inline(always)]
        unsafe fn larger(a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
            std::array::from_fn(|i| if a[i] < b[i] { b[i] } else { a[i] })
        }
        #[inline(always)]
        unsafe fn where_greater(a: [f32; 4], b: [f32; 4], chosen: [f32; 4], other: [f32; 4]) -> [f32; 4] {
            std::array::from_fn(|i| if a[i] > b[i] { chosen[i] } else { other[i] })
        }
    }
}
