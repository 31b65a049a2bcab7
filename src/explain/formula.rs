//! The rule of each step, in symbols and with its numbers: TeX for the eye (and MathML made of it). What a screen reader
//! says is put together by the page from the same numbers, in the reader's language.

use super::digits::plain_number;
use super::expression::{Operand, Program};
use super::operation::Operation;
use super::slopes::slope_rule;
use super::trace::{State, Step};
use super::written::{Written, WrittenEdge, written};

/// What a step does, as formulas.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rule {
    /// In symbols: `dL/dw += dL/du * du/dw`.
    pub symbols: String,
    /// The local derivative, in symbols and numbers; only backwards.
    pub slope: Option<String>,
    /// The same as `symbols`, with numbers.
    pub numbers: String,
    /// How a second path adds to what is there; only where one does.
    pub sum: Option<String>,
}

/// A number for reading: four significant digits, as TeX.
pub fn number(value: f64) -> String {
    tex(&plain_number(value))
}

/// A written number as TeX.
pub fn tex(text: &str) -> String {
    match text {
        "NaN" => r"\mathrm{NaN}".to_string(),
        "inf" => r"\infty".to_string(),
        "-inf" => r"-\infty".to_string(),
        _ => match text.split_once('e') {
            Some((digits, exponent)) => format!(r"{digits}\cdot 10^{{{exponent}}}"),
            None => text.to_string(),
        },
    }
}

/// A written number as a factor or a subtrahend, as TeX: in brackets if it starts with a sign.
pub fn factor(text: &str) -> String {
    let text = tex(text);
    if text.starts_with('-') || text.contains("cdot") { format!("({text})") } else { text }
}

/// A name as TeX: `w11` is w with the index 11, `loss` is upright.
pub fn name(name: &str) -> String {
    let letters: String = name.chars().take_while(|c| !c.is_ascii_digit() && *c != '_').collect();
    let index = name[letters.len()..].trim_start_matches('_').replace('_', r"\_");
    let greek = [
        "alpha", "beta", "gamma", "delta", "epsilon", "eta", "theta", "lambda", "mu", "nu", "rho", "sigma", "tau", "phi",
        "chi", "psi", "omega",
    ];
    let base = match letters.trim_end_matches(['\'', '′']) {
        letters if greek.contains(&letters) => format!(r"\{letters}"),
        letters if letters.chars().count() > 1 => format!(r"\mathrm{{{letters}}}"),
        letters => letters.to_string(),
    };
    let primes = "'".repeat(letters.chars().filter(|c| matches!(c, '\'' | '′')).count());
    match index.is_empty() {
        true => format!("{base}{primes}"),
        false => format!("{base}{primes}_{{{index}}}"),
    }
}

/// The rule of a step with the numbers that are known at it.
pub fn rule(program: &Program, step: &Step, state: &State) -> Rule {
    let label = |id: usize| name(&program.label(id));
    let output = label(program.output);
    let partial = |of: &str, by: &str| format!(r"\frac{{\partial {of}}}{{\partial {by}}}");
    match (*step, written(program, step, state)) {
        (Step::Forward { node, .. }, Written::Forward { operands, value }) => {
            let own = label(node);
            let numbers: Vec<String> = operands.iter().map(|text| factor(text)).collect();
            Rule {
                symbols: format!("{own} = {}", in_symbols(program, node)),
                numbers: format!("{own} = {} = {}", applied(program.nodes[node].operation, &numbers), tex(&value)),
                ..Rule::default()
            }
        }
        (Step::Backward { node, operand, input, slope: exact, .. }, Written::Backward(numbers)) => {
            let (own, to) = (label(node), label(input));
            let (symbol, with_numbers) = slope_rule(program, node, operand, state, (exact, numbers.digits));
            let add = if numbers.sum.is_some() { r"\mathrel{+}=" } else { "=" };
            let middle = if with_numbers.is_empty() { String::new() } else { format!(" = {with_numbers}") };
            let WrittenEdge { upstream, slope, product, sum, .. } = numbers;
            Rule {
                symbols: format!("{} {add} {} \\cdot {}", partial(&output, &to), partial(&output, &own), partial(&own, &to)),
                slope: Some(format!("{} = {symbol}{middle} = {}", partial(&own, &to), tex(&slope))),
                numbers: format!(r"{} \cdot {} = {}", tex(&upstream), factor(&slope), tex(&product)),
                sum: sum.map(|(before, after)| format!("{} + {} = {}", tex(&before), factor(&product), tex(&after))),
            }
        }
        (Step::Update { node, .. }, Written::Update { before, rate, gradient, after }) => {
            let own = label(node);
            Rule {
                symbols: format!(r"{own} \leftarrow {own} - \eta\, {}", partial(&output, &own)),
                numbers: format!(r"{} - {} \cdot {} = {}", tex(&before), tex(&rate), factor(&gradient), tex(&after)),
                ..Rule::default()
            }
        }
        (step, _) => {
            let own = label(step.node());
            Rule { symbols: partial(&own, &own), numbers: format!("{} = 1", partial(&own, &own)), ..Rule::default() }
        }
    }
}

/// A node's expression with names.
fn in_symbols(program: &Program, node: usize) -> String {
    let node = &program.nodes[node];
    let symbols: Vec<String> = node.operands.iter().map(|operand| operand_symbol(program, *operand)).collect();
    applied(node.operation, &symbols)
}

/// An operand as TeX: its name, or the number that it is.
pub fn operand_symbol(program: &Program, operand: Operand) -> String {
    match operand {
        Operand::Node(id) => name(&program.label(id)),
        Operand::Number(value) => factor(&plain_number(value)),
    }
}

/// An operation on operands that are TeX already.
fn applied(operation: Operation, operands: &[String]) -> String {
    let a = operands.first().map_or("", String::as_str);
    let b = operands.get(1).map_or("", String::as_str);
    let named = |function: &str| format!(r"\operatorname{{{function}}}({a})");
    match operation {
        Operation::Variable => a.to_string(),
        Operation::Add => format!("{a} + {b}"),
        Operation::Subtract => format!("{a} - {b}"),
        Operation::Multiply => format!(r"{a} \cdot {b}"),
        Operation::Divide => format!(r"\frac{{{a}}}{{{b}}}"),
        Operation::Power => format!("{{{a}}}^{{{b}}}"),
        Operation::Negate => format!("-{a}"),
        Operation::Exponential => format!("e^{{{a}}}"),
        Operation::Logarithm => format!(r"\ln {a}"),
        Operation::SquareRoot => format!(r"\sqrt{{{a}}}"),
        Operation::Square => format!("{{{a}}}^{{2}}"),
        Operation::Absolute => format!("|{a}|"),
        Operation::Sine => format!(r"\sin {a}"),
        Operation::Cosine => format!(r"\cos {a}"),
        Operation::Tanh => format!(r"\tanh {a}"),
        Operation::Sigmoid => format!(r"\sigma({a})"),
        Operation::Relu => named("relu"),
        Operation::LeakyRelu => named("leaky"),
        Operation::Softplus => named("softplus"),
        Operation::Maximum => format!(r"\max({a}, {b})"),
        Operation::Minimum => format!(r"\min({a}, {b})"),
        Operation::Detach => named("detach"),
    }
}

/// TeX as MathML, with `label` for whoever listens. Text that is no TeX comes out as it is.
pub fn mathml(tex: &str, label: &str, block: bool) -> String {
    use pulldown_latex::config::{DisplayMode, RenderConfig};
    let storage = pulldown_latex::Storage::new();
    let mode = if block { DisplayMode::Block } else { DisplayMode::Inline };
    let config = RenderConfig { display_mode: mode, ..RenderConfig::default() };
    let mut markup = String::new();
    let parser = pulldown_latex::Parser::new(tex, &storage);
    if pulldown_latex::push_mathml(&mut markup, parser, config).is_err() || markup.contains("<merror") {
        return format!("<span>{}</span>", escaped(tex));
    }
    if label.is_empty() {
        return markup;
    }
    markup.replacen("<math", &format!("<math role=\"math\" aria-label=\"{}\"", escaped(label)), 1)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
