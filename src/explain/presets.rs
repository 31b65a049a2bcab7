//! The derivations of the course as expressions ready to step through. Names are keys that the page translates.

/// An expression of the course.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// Stands in the address, and names the translated title.
    pub name: &'static str,
    /// What to type to get it.
    pub source: &'static str,
    /// Variables that need no gradient: inputs and targets.
    pub without_gradient: &'static [&'static str],
}

/// All presets, in the order of the course.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "neuron",
        source: "w = 0.5; x = 2; b = -1; t = 1\nL = (sigmoid(w*x + b) - t)^2 / 2",
        without_gradient: &["x", "t"],
    },
    Preset {
        name: "outputs",
        source: "x1 = 1; x2 = -0.5\n\
            w11 = 0.4; w21 = -0.6; w12 = 0.7; w22 = 0.2\n\
            t1 = 1; t2 = 0\n\
            O1 = sigmoid(w11*x1 + w21*x2)\n\
            O2 = sigmoid(w12*x1 + w22*x2)\n\
            E = ((O1 - t1)^2 + (O2 - t2)^2) / 2",
        without_gradient: &["x1", "x2", "t1", "t2"],
    },
    Preset {
        name: "chain",
        source: "x = 1; w1 = 2; b1 = 1; w2 = 2; b2 = 1\ny1 = x*w1 + b1\ny2 = y1*w2 + b2",
        without_gradient: &["x"],
    },
    Preset {
        name: "perceptron",
        source: "x1 = 0.35; x2 = 0.9; t = 0.5\n\
            w11 = 0.1; w21 = 0.8; w12 = 0.4; w22 = 0.6\n\
            v1 = 0.3; v2 = 0.9\n\
            h1 = sigmoid(w11*x1 + w21*x2)\n\
            h2 = sigmoid(w12*x1 + w22*x2)\n\
            O = sigmoid(v1*h1 + v2*h2)\n\
            E = (O - t)^2 / 2",
        without_gradient: &["x1", "x2", "t"],
    },
    Preset {
        name: "softmax",
        source: "z1 = 2; z2 = 1; z3 = 0.1\n\
            e1 = exp(z1); e2 = exp(z2); e3 = exp(z3)\n\
            s = e1 + e2 + e3\n\
            p1 = e1/s; p2 = e2/s; p3 = e3/s\n\
            L = -log(p2)",
        without_gradient: &[],
    },
    Preset { name: "reuse", source: "x = 3\ny = x*x + x", without_gradient: &[] },
    Preset {
        name: "relu",
        source: "x = 1.5; w = -2; b = 0.5; t = 1\nh = relu(w*x + b)\nL = (h - t)^2",
        without_gradient: &["x", "t"],
    },
    Preset {
        name: "cross-entropy",
        source: "x = 1.2; w = 0.8; b = -0.3; t = 1\np = sigmoid(w*x + b)\nL = -(t*log(p) + (1 - t)*log(1 - p))",
        without_gradient: &["x", "t"],
    },
];

/// The preset of this name.
pub fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}
