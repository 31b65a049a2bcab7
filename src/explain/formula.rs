//! The rule of each step, in symbols and with its numbers: TeX for the eye (and MathML made of it). What a screen reader
//! says is put together by the page from the same numbers, in the reader's language.

use super::expression::{Operand, Program};
use super::operation::Operation;
use super::trace::{State, Step};

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
    if value.is_nan() {
        return r"\mathrm{NaN}".to_string();
    }
    if value.is_infinite() {
        return if value > 0.0 { r"\infty".to_string() } else { r"-\infty".to_string() };
    }
    let text = plain_number(value);
    match text.split_once('e') {
        Some((digits, exponent)) => format!(r"{digits}\cdot 10^{{{exponent}}}"),
        None => text,
    }
}

/// A number for reading: four significant digits, `1.234e-7` where it is very small or large.
pub fn plain_number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return if value == 0.0 { "0".to_string() } else { value.to_string() };
    }
    let size = value.abs();
    if !(1e-4..1e6).contains(&size) {
        let text = format!("{value:.3e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        return format!("{}e{exponent}", trimmed(digits));
    }
    let decimals = (3 - size.log10().floor() as i32).max(0) as usize;
    trimmed(&format!("{value:.decimals$}"))
}

fn trimmed(digits: &str) -> String {
    match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => digits.to_string(),
    }
}

/// A number as a factor or a subtrahend: in brackets if it starts with a sign.
fn factor(value: f64) -> String {
    let text = number(value);
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
    match *step {
        Step::Forward { node, value } => {
            let (symbols, numbers) = both(program, node, state);
            let own = label(node);
            Rule {
                symbols: format!("{own} = {symbols}"),
                numbers: format!("{own} = {numbers} = {}", number(value)),
                ..Rule::default()
            }
        }
        Step::Seed { node } => {
            let own = label(node);
            Rule { symbols: partial(&own, &own), numbers: format!("{} = 1", partial(&own, &own)), ..Rule::default() }
        }
        Step::Backward { node, operand, input, upstream, slope, product, before, after } => {
            let (own, to) = (label(node), label(input));
            let (symbol, with_numbers) = slope_rule(program, node, operand, state);
            let add = if before.is_some() { r"\mathrel{+}=" } else { "=" };
            let middle = if with_numbers.is_empty() { String::new() } else { format!(" = {with_numbers}") };
            Rule {
                symbols: format!("{} {add} {} \\cdot {}", partial(&output, &to), partial(&output, &own), partial(&own, &to)),
                slope: Some(format!("{} = {symbol}{middle} = {}", partial(&own, &to), number(slope))),
                numbers: format!(r"{} \cdot {} = {}", number(upstream), factor(slope), number(product)),
                sum: before.map(|before| format!("{} + {} = {}", number(before), factor(product), number(after))),
            }
        }
        Step::Update { node, before, gradient, learning_rate, after } => {
            let own = label(node);
            Rule {
                symbols: format!(r"{own} \leftarrow {own} - \eta\, {}", partial(&output, &own)),
                numbers: format!(
                    r"{} - {} \cdot {} = {}",
                    number(before),
                    number(learning_rate),
                    factor(gradient),
                    number(after)
                ),
                ..Rule::default()
            }
        }
    }
}

/// A node's expression, once with names and once with the values of its operands.
fn both(program: &Program, node: usize, state: &State) -> (String, String) {
    let node = &program.nodes[node];
    let symbols: Vec<String> = node
        .operands
        .iter()
        .map(|operand| match *operand {
            Operand::Node(id) => name(&program.label(id)),
            Operand::Number(value) => factor(value),
        })
        .collect();
    let numbers: Vec<String> = node.operands.iter().map(|operand| factor(value_of(*operand, state))).collect();
    (written(node.operation, &symbols), written(node.operation, &numbers))
}

fn value_of(operand: Operand, state: &State) -> f64 {
    match operand {
        Operand::Node(id) => state.values[id].unwrap_or(f64::NAN),
        Operand::Number(value) => value,
    }
}

fn written(operation: Operation, operands: &[String]) -> String {
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

/// The local derivative of a node by one operand: in symbols, and with numbers where that says more than the result.
/// The symbols `a`, `b` are the operands' names, `y` the node's.
fn slope_rule(program: &Program, id: usize, operand: usize, state: &State) -> (String, String) {
    let node = &program.nodes[id];
    let text = |operand: Operand| match operand {
        Operand::Node(input) => name(&program.label(input)),
        Operand::Number(value) => factor(value),
    };
    let value = |k: usize| node.operands.get(k).map_or(f64::NAN, |operand| value_of(*operand, state));
    let symbol = |k: usize| node.operands.get(k).map_or_else(String::new, |operand| text(*operand));
    let (a, b, y) = (symbol(0), symbol(1), name(&program.label(id)));
    let (na, nb, ny) = (factor(value(0)), factor(value(1)), factor(state.values[id].unwrap_or(f64::NAN)));
    let only = |symbols: &str| (symbols.to_string(), String::new());
    let pair = |symbols: String, numbers: String| (symbols, numbers);
    let case = |holds: bool, yes: &str, no: &str| only(if holds { yes } else { no });
    match (node.operation, operand) {
        (Operation::Variable | Operation::Detach, _) => only("0"),
        (Operation::Add, _) | (Operation::Subtract, 0) => only("1"),
        (Operation::Subtract, _) | (Operation::Negate, _) => only("-1"),
        (Operation::Multiply, 0) => only(&b),
        (Operation::Multiply, _) => only(&a),
        (Operation::Divide, 0) => pair(format!(r"\frac{{1}}{{{b}}}"), format!(r"\frac{{1}}{{{nb}}}")),
        (Operation::Divide, _) => {
            pair(format!(r"-\frac{{{a}}}{{{b}^2}}"), format!(r"-\frac{{{}}}{{{nb}^2}}", number(value(0))))
        }
        (Operation::Power, 0) => match node.operands[1] {
            Operand::Number(2.0) => pair(format!(r"2\,{a}"), format!(r"2 \cdot {na}")),
            Operand::Number(n) => {
                let less = number(n - 1.0);
                pair(format!("{} {a}^{{{less}}}", number(n)), format!(r"{} \cdot {na}^{{{less}}}", number(n)))
            }
            Operand::Node(_) => pair(format!(r"{b}\, {a}^{{{b} - 1}}"), format!(r"{nb} \cdot {na}^{{{nb} - 1}}")),
        },
        (Operation::Power, _) => pair(format!(r"{y} \ln {a}"), format!(r"{ny} \cdot \ln {na}")),
        (Operation::Exponential, _) => only(&format!("e^{{{a}}} = {y}")),
        (Operation::Logarithm, _) => pair(format!(r"\frac{{1}}{{{a}}}"), format!(r"\frac{{1}}{{{na}}}")),
        (Operation::SquareRoot, _) => pair(format!(r"\frac{{1}}{{2 {y}}}"), format!(r"\frac{{1}}{{2 \cdot {ny}}}")),
        (Operation::Square, _) => pair(format!(r"2\,{a}"), format!(r"2 \cdot {na}")),
        (Operation::Absolute, _) => only(&format!(r"\operatorname{{sign}}({a})")),
        (Operation::Sine, _) => pair(format!(r"\cos {a}"), format!(r"\cos {na}")),
        (Operation::Cosine, _) => pair(format!(r"-\sin {a}"), format!(r"-\sin {na}")),
        (Operation::Tanh, _) => pair(format!("1 - {y}^2"), format!("1 - {ny}^2")),
        (Operation::Sigmoid, _) => pair(format!("{y} (1 - {y})"), format!("{ny} (1 - {ny})")),
        (Operation::Relu, _) => case(value(0) > 0.0, &format!(r"1\;[{a} > 0]"), &format!(r"0\;[{a} \le 0]")),
        (Operation::LeakyRelu, _) => case(value(0) > 0.0, &format!(r"1\;[{a} > 0]"), &format!(r"0.01\;[{a} \le 0]")),
        (Operation::Softplus, _) => pair(format!(r"\sigma({a})"), format!(r"\sigma({na})")),
        (Operation::Maximum | Operation::Minimum, k) => {
            let (own, other) = if k == 0 { (&a, &b) } else { (&b, &a) };
            let (own_value, other_value) = if k == 0 { (value(0), value(1)) } else { (value(1), value(0)) };
            let sign = if node.operation == Operation::Maximum { ">" } else { "<" };
            let against = if sign == ">" { "<" } else { ">" };
            if own_value == other_value {
                only(&format!(r"\tfrac12\;[{own} = {other}]"))
            } else {
                let wins = (own_value > other_value) == (sign == ">");
                case(wins, &format!(r"1\;[{own} {sign} {other}]"), &format!(r"0\;[{own} {against} {other}]"))
            }
        }
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
