//! The local derivative of each operation as a formula: in symbols, and with the numbers that go into it.

use super::arithmetic;
use super::digits::agreeing;
use super::expression::{Operand, Program};
use super::formula::{factor, name, number, operand_symbol, tex};
use super::operation::Operation;
use super::trace::State;
use super::written::value_of;

/// The local derivative of a node by one operand: in symbols, and with numbers where that says more than the result. The numbers
/// have as many digits as it takes to make `slope` as it is written with so many digits.
pub fn slope_rule(
    program: &Program,
    id: usize,
    operand: usize,
    state: &State,
    (slope, digits): (f64, usize),
) -> (String, String) {
    let node = &program.nodes[id];
    let value = |k: usize| node.operands.get(k).map_or(f64::NAN, |operand| value_of(*operand, state));
    let symbol = |k: usize| node.operands.get(k).map_or_else(String::new, |operand| operand_symbol(program, *operand));
    let (a, b, y) = (symbol(0), symbol(1), name(&program.label(id)));
    let known = [value(0), value(1), state.values[id].unwrap_or(f64::NAN)];
    let again = |n: &[f64]| arithmetic::slope(node.operation, operand, &n[..2], n[2]).unwrap_or(slope);
    let texts = agreeing(&known, slope, digits, again).texts;
    let [na, nb, ny] = [0, 1, 2].map(|k: usize| factor(&texts[k]));
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
            pair(format!(r"-\frac{{{a}}}{{{b}^2}}"), format!(r"-\frac{{{}}}{{{nb}^2}}", tex(&texts[0])))
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
