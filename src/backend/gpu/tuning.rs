//! Which variant of a kernel suits the adapter: workgroup memory and barriers are what real GPUs want and what software
//! adapters pay dearly for. The first guess goes by the kind of adapter; `trial` measures.

use super::adapter::AdapterReport;
use crate::backend::kernel::MatmulSizes;
use std::fmt;
use std::str::FromStr;

/// How a matrix product is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum ProductVariant {
    /// Tiles of 32 x 32 through workgroup memory, 4 x 4 values a thread.
    Tile32,
    /// Tiles of 64 x 64, 8 x 8 values a thread.
    Tile64,
    /// Tiles of 32 x 32, whose workgroup shares k between four teams.
    Split32,
    /// 8 x 8 values a thread, without workgroup memory.
    Registers,
    /// 20 x 16 values a thread likewise: a long shader, for what compiles without optimizing.
    WideRegisters,
}

impl ProductVariant {
    /// In the order of the shaders' table.
    const ALL: [ProductVariant; 5] = [
        ProductVariant::Tile32,
        ProductVariant::Tile64,
        ProductVariant::Split32,
        ProductVariant::Registers,
        ProductVariant::WideRegisters,
    ];

    /// Those that compile quickly everywhere: what a trial compares its first guess with.
    pub const TRIED: [ProductVariant; 4] =
        [ProductVariant::Tile32, ProductVariant::Tile64, ProductVariant::Split32, ProductVariant::Registers];

    /// The variant that takes a product: a wide piece needs sizes that are multiples of four.
    pub(super) fn fitting(self, sizes: &MatmulSizes) -> ProductVariant {
        if self == ProductVariant::WideRegisters && !in_fours(sizes) { ProductVariant::Registers } else { self }
    }

    /// Workgroups of a product.
    pub(super) fn groups(self, sizes: &MatmulSizes) -> u64 {
        let tiles = |rows, columns| (sizes.batch * sizes.m.div_ceil(rows) * sizes.n.div_ceil(columns)) as u64;
        match self {
            ProductVariant::Tile32 | ProductVariant::Split32 => tiles(32, 32),
            ProductVariant::Tile64 => tiles(64, 64),
            ProductVariant::Registers => tiles(8, 8).div_ceil(8),
            ProductVariant::WideRegisters => tiles(20, 16).div_ceil(8),
        }
    }

    fn name(self) -> &'static str {
        match self {
            ProductVariant::Tile32 => "tile32",
            ProductVariant::Tile64 => "tile64",
            ProductVariant::Split32 => "split32",
            ProductVariant::Registers => "registers",
            ProductVariant::WideRegisters => "wide",
        }
    }
}

/// Whether both matrices can be read four elements at a time, along the axis that lies together in memory and along k.
pub(super) fn in_fours(sizes: &MatmulSizes) -> bool {
    let &MatmulSizes { m, k, n, transpose_left, transpose_right, .. } = sizes;
    let whole = |size: usize| size.is_multiple_of(4);
    whole(k) && (!transpose_left || whole(m)) && (transpose_right || whole(n))
}

/// Tiles of 32 x 32 below which a product is small, and from which it is large.
const SMALL: u64 = 16;
const LARGE: u64 = 128;

/// The choices in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Tuning {
    /// For products of few, of some, and of many tiles.
    pub products: [ProductVariant; 3],
    /// Convolution gradients by lone threads rather than by workgroups.
    pub lone: bool,
}

impl Tuning {
    /// What suits a processor that plays the GPU and compiles shaders as they stand.
    pub const PLAIN_SOFTWARE: Tuning = Tuning { products: [ProductVariant::WideRegisters; 3], lone: true };
    /// What suits a processor that plays the GPU.
    pub const SOFTWARE: Tuning = Tuning { products: [ProductVariant::Registers; 3], lone: true };
    /// What suits a GPU.
    pub const HARDWARE: Tuning =
        Tuning { products: [ProductVariant::Split32, ProductVariant::Tile32, ProductVariant::Tile64], lone: false };

    /// Before any trial: by the kind of adapter.
    pub(super) fn guess(report: &AdapterReport) -> Tuning {
        match (report.software, report.compiles_plainly) {
            (true, true) => Tuning::PLAIN_SOFTWARE,
            (true, false) => Tuning::SOFTWARE,
            (false, _) => Tuning::HARDWARE,
        }
    }

    /// Which of the three kinds of product this is.
    pub(super) fn kind(sizes: &MatmulSizes) -> usize {
        match ProductVariant::Tile32.groups(sizes) {
            ..SMALL => 0,
            SMALL..LARGE => 1,
            LARGE.. => 2,
        }
    }

    /// The variant for a product.
    pub(super) fn product(&self, sizes: &MatmulSizes) -> ProductVariant {
        self.products[Self::kind(sizes)].fitting(sizes)
    }
}

/// As it is remembered: `split32 tile32 tile64 groups`.
impl fmt::Display for Tuning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [few, some, many] = self.products.map(ProductVariant::name);
        write!(formatter, "{few} {some} {many} {}", if self.lone { "lone" } else { "groups" })
    }
}

impl FromStr for Tuning {
    type Err = ();

    fn from_str(text: &str) -> Result<Tuning, ()> {
        let words: Vec<&str> = text.split(' ').collect();
        let [few, some, many, convolutions] = words[..] else { return Err(()) };
        let variant = |name: &str| ProductVariant::ALL.into_iter().find(|variant| variant.name() == name).ok_or(());
        let lone = match convolutions {
            "lone" => true,
            "groups" => false,
            _ => return Err(()),
        };
        Ok(Tuning { products: [variant(few)?, variant(some)?, variant(many)?], lone })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_reads_back() {
        for tuning in [Tuning::SOFTWARE, Tuning::PLAIN_SOFTWARE, Tuning::HARDWARE] {
            assert_eq!(tuning.to_string().parse(), Ok(tuning));
        }
        for wrong in ["", "tile32 tile32 tile32", "tile32 tile32 tile16 lone", "tile32 tile32 tile32 maybe"] {
            assert_eq!(wrong.parse::<Tuning>(), Err(()), "{wrong}");
        }
    }
}
