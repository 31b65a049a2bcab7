//! PyTorch's CPU random numbers: the same seed gives the same weights, orders and masks as
//! `torch.manual_seed`. The algorithms were read from PyTorch and each is held by golden values in
//! `tests/random.rs`. Nothing here knows about tensors; everything fills slices or returns vectors.

use crate::random::vector_math::{fused, log_f32, sin_cos_f32};

mod vector_math;

/// Words in the state of the Mersenne Twister 19937.
const STATE_WORDS: usize = 624;
/// Distance of the second word that goes into each new one.
const SHIFT: usize = 397;
/// From this many elements on, PyTorch makes normal numbers sixteen at a time.
const NORMAL_BLOCK: usize = 16;
/// From this range on, `randint` takes 64 bits a number (measured on PyTorch 2.15).
const WIDE_RANGE: u64 = 1 << 28;

/// A stream of random numbers, PyTorch's `torch.Generator` on the CPU.
///
/// ```
/// use gradlab::random::Generator;
/// let mut generator = Generator::new(0);
/// let numbers = generator.rand_f32(3);
/// assert_eq!(format!("{:.4} {:.4} {:.4}", numbers[0], numbers[1], numbers[2]), "0.4963 0.7682 0.0885");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Generator {
    seed: u64,
    state: Vec<u32>,
    next: usize,
    /// Normal numbers come in pairs; the second waits here for the next draw.
    spare_normal: Option<f64>,
}

impl Generator {
    /// A generator as `torch.Generator().manual_seed(seed)` leaves it. Only the low 32 bits of the
    /// seed matter, as in PyTorch.
    pub fn new(seed: u64) -> Self {
        let mut state = vec![0u32; STATE_WORDS];
        state[0] = seed as u32;
        for i in 1..STATE_WORDS {
            let previous = state[i - 1];
            state[i] = 1_812_433_253u32.wrapping_mul(previous ^ (previous >> 30)).wrapping_add(i as u32);
        }
        Generator { seed, state, next: STATE_WORDS, spare_normal: None }
    }

    /// Starts again from a seed (`torch.manual_seed`); a kept normal number is dropped.
    pub fn manual_seed(&mut self, seed: u64) {
        *self = Generator::new(seed);
    }

    /// The seed that this stream started from (`Generator.initial_seed`).
    pub fn initial_seed(&self) -> u64 {
        self.seed
    }

    /// The next 32 random bits.
    pub fn random_u32(&mut self) -> u32 {
        if self.next == STATE_WORDS {
            self.twist();
        }
        let mut y = self.state[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// The next 64 random bits: two draws, the first one the high half.
    pub fn random_u64(&mut self) -> u64 {
        let high = u64::from(self.random_u32());
        (high << 32) | u64::from(self.random_u32())
    }

    fn twist(&mut self) {
        for i in 0..STATE_WORDS {
            let joined = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % STATE_WORDS] & 0x7fff_ffff);
            let mixed = if joined & 1 == 1 { (joined >> 1) ^ 0x9908_b0df } else { joined >> 1 };
            self.state[i] = self.state[(i + SHIFT) % STATE_WORDS] ^ mixed;
        }
        self.next = 0;
    }

    /// One float32 in [0, 1), a multiple of 2^-24.
    pub fn next_f32(&mut self) -> f32 {
        (self.random_u32() & 0x00ff_ffff) as f32 * (1.0 / 16_777_216.0)
    }

    /// One float64 in [0, 1), a multiple of 2^-53.
    pub fn next_f64(&mut self) -> f64 {
        (self.random_u64() & ((1 << 53) - 1)) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// `torch.rand(n)`.
    pub fn rand_f32(&mut self, n: usize) -> Vec<f32> {
        (0..n).map(|_| self.next_f32()).collect()
    }

    /// `torch.rand(n, dtype=torch.float64)`.
    pub fn rand_f64(&mut self, n: usize) -> Vec<f64> {
        (0..n).map(|_| self.next_f64()).collect()
    }

    /// `tensor.uniform_(low, high)` for float32: numbers in [low, high).
    pub fn uniform_f32(&mut self, n: usize, low: f32, high: f32) -> Vec<f32> {
        (0..n).map(|_| fused(self.next_f32(), high - low, low)).collect()
    }

    /// `tensor.uniform_(low, high)` for float64: numbers in [low, high).
    pub fn uniform_f64(&mut self, n: usize, low: f64, high: f64) -> Vec<f64> {
        (0..n).map(|_| self.next_f64().mul_add(high - low, low)).collect()
    }

    /// `torch.randn(n)`: mean 0, deviation 1.
    pub fn randn_f32(&mut self, n: usize) -> Vec<f32> {
        self.normal_f32(n, 0.0, 1.0)
    }

    /// `torch.randn(n, dtype=torch.float64)`: mean 0, deviation 1.
    pub fn randn_f64(&mut self, n: usize) -> Vec<f64> {
        self.normal_f64(n, 0.0, 1.0)
    }

    /// `tensor.normal_(mean, std)` for float32. Fewer than 16 numbers are drawn in pairs in float64;
    /// 16 or more in blocks in float32, so the two share no values for the same seed.
    pub fn normal_f32(&mut self, n: usize, mean: f32, std: f32) -> Vec<f32> {
        if n < NORMAL_BLOCK {
            return (0..n).map(|_| (self.next_normal() * f64::from(std) + f64::from(mean)) as f32).collect();
        }
        let mut data = self.rand_f32(n);
        let whole = n - n % NORMAL_BLOCK;
        for block in data[..whole].chunks_exact_mut(NORMAL_BLOCK) {
            normal_block_f32(block, mean, std);
        }
        if whole < n {
            let tail = &mut data[n - NORMAL_BLOCK..];
            tail.fill_with(|| self.next_f32());
            normal_block_f32(tail, mean, std);
        }
        data
    }

    /// `tensor.normal_(mean, std)` for float64; the same two regimes as in float32.
    pub fn normal_f64(&mut self, n: usize, mean: f64, std: f64) -> Vec<f64> {
        if n < NORMAL_BLOCK {
            return (0..n).map(|_| self.next_normal() * std + mean).collect();
        }
        let mut data = self.rand_f64(n);
        let whole = n - n % NORMAL_BLOCK;
        for block in data[..whole].chunks_exact_mut(NORMAL_BLOCK) {
            normal_block_f64(block, mean, std);
        }
        if whole < n {
            let tail = &mut data[n - NORMAL_BLOCK..];
            tail.fill_with(|| self.next_f64());
            normal_block_f64(tail, mean, std);
        }
        data
    }

    /// One standard normal number by the polar form of Box and Muller, in float64.
    fn next_normal(&mut self) -> f64 {
        if let Some(spare) = self.spare_normal.take() {
            return spare;
        }
        let u1 = self.next_f64();
        let u2 = self.next_f64();
        let radius = (-2.0 * (-u2).ln_1p()).sqrt();
        let angle = 2.0 * std::f64::consts::PI * u1;
        self.spare_normal = Some(radius * angle.sin());
        radius * angle.cos()
    }

    /// `torch.randint(low, high, (n,))`: whole numbers from `low`, below `high`. The caller checks that
    /// `low < high`; an empty range gives `low` only.
    pub fn randint(&mut self, n: usize, low: i64, high: i64) -> Vec<i64> {
        let range = (high.wrapping_sub(low) as u64).max(1);
        let mut draw = || {
            if range >= WIDE_RANGE { self.random_u64() % range } else { u64::from(self.random_u32()) % range }
        };
        (0..n).map(|_| (draw() as i64).wrapping_add(low)).collect()
    }

    /// `torch.randperm(n)` for `n` below 2^32: the numbers 0 to n-1 in random order.
    pub fn randperm(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        for i in 0..n.saturating_sub(1) {
            let step = self.random_u32() as usize % (n - i);
            order.swap(i, i + step);
        }
        order
    }

    /// `torch.empty(n).bernoulli_(probability)`: true with that probability, each drawn in float64.
    pub fn bernoulli(&mut self, n: usize, probability: f64) -> Vec<bool> {
        (0..n).map(|_| self.next_f64() < probability).collect()
    }

    /// The elements that `nn.Dropout(p)` keeps in training: true with probability `1 - p`. The kept ones
    /// are to be scaled by `1 / (1 - p)`.
    pub fn dropout_mask(&mut self, n: usize, p: f64) -> Vec<bool> {
        self.bernoulli(n, 1.0 - p)
    }

    /// The order in which `DataLoader(shuffle=True)` visits `n` examples in the epoch that begins now.
    /// Takes two 64-bit draws: the first seeds PyTorch's loader workers and is not used for the order.
    pub fn epoch_order(&mut self, n: usize) -> Vec<usize> {
        let _worker_seed = self.random_u64();
        let order_seed = self.random_u64() & (u64::MAX >> 1);
        Generator::new(order_seed).randperm(n)
    }
}

/// Sixteen uniform numbers become sixteen normal ones. PyTorch does this eight lanes at a time with its
/// own logarithm, sine and cosine; `vector_math` computes the same.
fn normal_block_f32(block: &mut [f32], mean: f32, std: f32) {
    let (first, second) = block.split_at_mut(NORMAL_BLOCK / 2);
    for (x, y) in first.iter_mut().zip(second) {
        let radius = (-2.0 * log_f32(1.0 - *x)).sqrt();
        let (sin, cos) = sin_cos_f32(2.0 * std::f32::consts::PI * *y);
        // The product and the sum are one rounding in PyTorch (a fused multiply-add).
        *x = fused(radius * cos, std, mean);
        *y = fused(radius * sin, std, mean);
    }
}

fn normal_block_f64(block: &mut [f64], mean: f64, std: f64) {
    let (first, second) = block.split_at_mut(NORMAL_BLOCK / 2);
    for (x, y) in first.iter_mut().zip(second) {
        let radius = (-2.0 * (1.0 - *x).ln()).sqrt();
        let angle = 2.0 * std::f64::consts::PI * *y;
        *x = radius * angle.cos() * std + mean;
        *y = radius * angle.sin() * std + mean;
    }
}
