// Shared by the convolutions with 5 x 5 taps at stride 1 without padding, whose width is a multiple of four: eight pixels of a row, and the five
// taps that lie on them. Whatever is indexed here is known when it is compiled, so it stays in registers.
struct Eight {
    low: vec4<f32>,
    high: vec4<f32>,
}

struct Five {
    first: vec4<f32>,
    last: f32,
}

// Eight by eight pixels, and five by five taps.
struct Patch {
    row0: Eight,
    row1: Eight,
    row2: Eight,
    row3: Eight,
    row4: Eight,
    row5: Eight,
    row6: Eight,
    row7: Eight,
}

struct Kernel {
    row0: Five,
    row1: Five,
    row2: Five,
    row3: Five,
    row4: Five,
}
