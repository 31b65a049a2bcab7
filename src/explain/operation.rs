//! The operations of a typed expression: names, how many operands, and the PyTorch call each stands for.
//! No arithmetic here: values and slopes come from the tensor core.

/// One operation on scalars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// A leaf: a value that the learner sets.
    Variable,
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Negate,
    Exponential,
    Logarithm,
    SquareRoot,
    Square,
    Absolute,
    Sine,
    Cosine,
    Tanh,
    Sigmoid,
    Relu,
    LeakyRelu,
    Softplus,
    Maximum,
    Minimum,
    /// The same value, through which no gradient flows.
    Detach,
}

impl Operation {
    /// Functions by the names a learner may type.
    pub fn function(name: &str) -> Option<Operation> {
        Some(match name.to_lowercase().as_str() {
            "sigmoid" | "σ" => Operation::Sigmoid,
            "tanh" => Operation::Tanh,
            "relu" => Operation::Relu,
            "leaky_relu" | "leakyrelu" => Operation::LeakyRelu,
            "softplus" => Operation::Softplus,
            "exp" => Operation::Exponential,
            "log" | "ln" => Operation::Logarithm,
            "sqrt" => Operation::SquareRoot,
            "square" => Operation::Square,
            "abs" => Operation::Absolute,
            "sin" => Operation::Sine,
            "cos" => Operation::Cosine,
            "neg" => Operation::Negate,
            "pow" => Operation::Power,
            "add" => Operation::Add,
            "sub" => Operation::Subtract,
            "mul" => Operation::Multiply,
            "div" => Operation::Divide,
            "max" | "maximum" => Operation::Maximum,
            "min" | "minimum" => Operation::Minimum,
            "detach" => Operation::Detach,
            _ => return None,
        })
    }

    /// How many operands it takes.
    pub fn arity(self) -> usize {
        match self {
            Operation::Variable => 0,
            Operation::Add
            | Operation::Subtract
            | Operation::Multiply
            | Operation::Divide
            | Operation::Power
            | Operation::Maximum
            | Operation::Minimum => 2,
            _ => 1,
        }
    }

    /// What its node in the drawing says.
    pub fn sign(self) -> &'static str {
        match self {
            Operation::Variable => "",
            Operation::Add => "+",
            Operation::Subtract | Operation::Negate => "−",
            Operation::Multiply => "×",
            Operation::Divide => "÷",
            Operation::Power => "^",
            Operation::Exponential => "exp",
            Operation::Logarithm => "log",
            Operation::SquareRoot => "√",
            Operation::Square => "square",
            Operation::Absolute => "abs",
            Operation::Sine => "sin",
            Operation::Cosine => "cos",
            Operation::Tanh => "tanh",
            Operation::Sigmoid => "sigmoid",
            Operation::Relu => "relu",
            Operation::LeakyRelu => "leaky relu",
            Operation::Softplus => "softplus",
            Operation::Maximum => "max",
            Operation::Minimum => "min",
            Operation::Detach => "detach",
        }
    }

    /// The name of the node in PyTorch's graph, as `grad_fn` prints it, where all operands are tensors; none for what leaves no
    /// node there. With numbers among the operands see [`super::expression::Node::grad_fn`].
    pub fn grad_fn(self) -> Option<&'static str> {
        Some(match self {
            Operation::Variable | Operation::Detach => return None,
            Operation::Add => "AddBackward0",
            Operation::Subtract => "SubBackward0",
            Operation::Multiply => "MulBackward0",
            Operation::Divide => "DivBackward0",
            Operation::Power => "PowBackward1",
            Operation::Square => "PowBackward0",
            Operation::Negate => "NegBackward0",
            Operation::Exponential => "ExpBackward0",
            Operation::Logarithm => "LogBackward0",
            Operation::SquareRoot => "SqrtBackward0",
            Operation::Absolute => "AbsBackward0",
            Operation::Sine => "SinBackward0",
            Operation::Cosine => "CosBackward0",
            Operation::Tanh => "TanhBackward0",
            Operation::Sigmoid => "SigmoidBackward0",
            Operation::Relu => "ReluBackward0",
            Operation::LeakyRelu => "LeakyReluBackward0",
            Operation::Softplus => "SoftplusBackward0",
            Operation::Maximum => "MaximumBackward0",
            Operation::Minimum => "MinimumBackward0",
        })
    }

    /// A number among the operands: some functions take tensors only.
    pub fn pytorch_number(self, number: f64) -> String {
        match self {
            Operation::Maximum | Operation::Minimum => format!("torch.tensor({number:?})"),
            Operation::Power if number < 0.0 => format!("({number})"),
            _ => format!("{number}"),
        }
    }

    /// The PyTorch expression for these operands, already written as PyTorch.
    pub fn pytorch(self, operands: &[String]) -> String {
        let (a, b) = (operands.first().map_or("", String::as_str), operands.get(1).map_or("", String::as_str));
        match self {
            Operation::Variable => a.to_string(),
            Operation::Add => format!("{a} + {b}"),
            Operation::Subtract => format!("{a} - {b}"),
            Operation::Multiply => format!("{a} * {b}"),
            Operation::Divide => format!("{a} / {b}"),
            Operation::Power => format!("{a} ** {b}"),
            Operation::Negate => format!("-{a}"),
            Operation::Exponential => format!("{a}.exp()"),
            Operation::Logarithm => format!("{a}.log()"),
            Operation::SquareRoot => format!("{a}.sqrt()"),
            Operation::Square => format!("{a}.square()"),
            Operation::Absolute => format!("{a}.abs()"),
            Operation::Sine => format!("{a}.sin()"),
            Operation::Cosine => format!("{a}.cos()"),
            Operation::Tanh => format!("torch.tanh({a})"),
            Operation::Sigmoid => format!("torch.sigmoid({a})"),
            Operation::Relu => format!("torch.relu({a})"),
            Operation::LeakyRelu => format!("F.leaky_relu({a}, 0.01)"),
            Operation::Softplus => format!("F.softplus({a})"),
            Operation::Maximum => format!("torch.maximum({a}, {b})"),
            Operation::Minimum => format!("torch.minimum({a}, {b})"),
            Operation::Detach => format!("{a}.detach()"),
        }
    }
}
