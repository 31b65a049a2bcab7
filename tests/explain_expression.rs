//! Typed expressions: what parses, to what, and where the finger points when it does not.

use gradlab::explain::expression::{MAXIMUM_NODES, Node, Operand, Program};
use gradlab::explain::operation::Operation;
use gradlab::explain::presets::PRESETS;
use gradlab::explain::problem::{Problem, ProblemKind};
use proptest::prelude::*;

fn parse(source: &str) -> Program {
    Program::parse(source).unwrap_or_else(|problem| panic!("{source}: {problem}"))
}

/// The program as one line: operators by name, variables by theirs.
fn written(program: &Program, operand: Operand) -> String {
    match operand {
        Operand::Number(number) => number.to_string(),
        Operand::Node(id) => {
            let node: &Node = &program.nodes[id];
            if node.operation == Operation::Variable {
                return program.label(id);
            }
            let operands: Vec<String> = node.operands.iter().map(|operand| written(program, *operand)).collect();
            format!("{:?}({})", node.operation, operands.join(" "))
        }
    }
}

fn line(source: &str) -> String {
    let program = parse(source);
    written(&program, Operand::Node(program.output))
}

#[test]
fn operators_bind_as_in_python() {
    assert_eq!(line("a + b*c"), "Add(a Multiply(b c))");
    assert_eq!(line("a - b - c"), "Subtract(Subtract(a b) c)");
    assert_eq!(line("a / b * c"), "Multiply(Divide(a b) c)");
    assert_eq!(line("-a^2"), "Negate(Power(a 2))");
    assert_eq!(line("a^b^c"), "Power(a Power(b c))");
    assert_eq!(line("a**-1"), "Power(a -1)");
    assert_eq!(line("2*-a"), "Multiply(2 Negate(a))");
    assert_eq!(line("(a + b)*c"), "Multiply(Add(a b) c)");
    assert_eq!(line("a*1/3"), "Divide(Multiply(a 1) 3)");
    assert_eq!(line("a + 1/4"), "Add(a 0.25)");
    assert_eq!(line("torch.sigmoid(x) − max(a, F.relu(b))"), "Subtract(Sigmoid(x) Maximum(a Relu(b)))");
    assert_eq!(line("y＝σ（w·x）"), "Sigmoid(Multiply(w x))");
}

#[test]
fn names_values_and_statements() {
    let program = parse("w = 0.25 # the weight\n\nx = -3; u = w*x\nL = u^2");
    let names: Vec<String> = (0..program.nodes.len()).map(|id| program.label(id)).collect();
    assert_eq!(names, ["w", "x", "u", "L"]);
    assert_eq!(program.nodes[0].initial, 0.25);
    assert_eq!(program.nodes[1].initial, -3.0);
    assert_eq!(program.output, 3);
    let reused = parse("y = x*x + x");
    assert_eq!(reused.variables().count(), 1);
    assert_eq!(reused.nodes[1].inputs().collect::<Vec<_>>(), [0, 0]);
    let later = parse("y = k*x; k = 7");
    assert_eq!(later.nodes[0].initial, 7.0);
    let sum = parse("L = a*b; L = L + c");
    assert_eq!(written(&sum, Operand::Node(sum.output)), "Add(Multiply(a b) c)");
}

fn problem(source: &str) -> (ProblemKind, &str) {
    let Problem { kind, span } = Program::parse(source).expect_err(source);
    (kind, &source[span])
}

#[test]
fn mistakes_point_at_the_place() {
    use ProblemKind::*;
    assert_eq!(problem(""), (Empty, ""));
    assert_eq!(problem(" # only words"), (Empty, " # only words"));
    assert_eq!(problem("L = w ? x"), (Character('?'), "?"));
    assert_eq!(problem("L = 2x"), (OperatorExpected, "x"));
    assert_eq!(problem("L = x 3"), (OperatorExpected, "3"));
    assert_eq!(problem("L = (a + b"), (BracketOpen, "("));
    assert_eq!(problem("L = sigmoid(a; b"), (BracketOpen, "("));
    assert_eq!(problem("L = a + b)"), (BracketClosed, ")"));
    assert_eq!(problem("L = a * / b"), (ValueExpected, "/"));
    assert_eq!(problem("L = a +"), (ValueExpected, ""));
    assert_eq!(problem("L = a +; b"), (ValueExpected, ""));
    assert_eq!(problem("= a + b"), (NameExpected, "="));
    assert_eq!(problem("a + b = c"), (NameExpected, "a + b"));
    assert_eq!(problem("L = sigmiod(a)"), (UnknownFunction("sigmiod".into()), "sigmiod"));
    assert_eq!(problem("L = w(x + 1)"), (OperatorExpected, "("));
    assert_eq!(problem("L = exp * 2"), (FunctionWithoutBrackets("exp".into()), "exp"));
    assert_eq!(problem("max(a)").0, Arguments { function: "max".into(), expected: 2, given: 1 });
    assert_eq!(problem("sigmoid()").0, Arguments { function: "sigmoid".into(), expected: 1, given: 0 });
    assert_eq!(problem("y = u*2; u = a + b"), (UsedBeforeDefined("u".into()), "u"));
    assert_eq!(problem("L = L + a"), (UsedBeforeDefined("L".into()), "L"));
    assert_eq!(problem("w = 1; w = 2; w*x"), (AssignedTwice("w".into()), "w"));
    assert_eq!(problem("L = a/(1 - 1)"), (DivisionByZero, "a/(1 - 1)"));
    assert_eq!(problem("L = a + log(0)"), (NotFinite, "log(0)"));
    assert_eq!(problem("L = 1e999*a"), (Number, "1"));
}

#[test]
fn nodes_without_a_name_are_never_called_like_one_that_has_one() {
    let labels = |source: &str| {
        let program = parse(source);
        (0..program.nodes.len()).map(|id| program.label(id)).collect::<Vec<_>>()
    };
    assert_eq!(labels("L = (a + b)*c"), ["a", "b", "n2", "c", "L"]);
    assert_eq!(labels("L = (a + n2)*c"), ["a", "n2", "node2", "c", "L"]);
    assert_eq!(labels("n = 2; L = n*n + n"), ["n", "n1", "L"]);
}

#[test]
fn numbers_fold_and_names_may_be_anything() {
    assert_eq!(parse("y = x + softplus(1000)").nodes[1].operands[1], Operand::Number(1000.0));
    assert_eq!(line("pi = 3; y = pi*r"), "Multiply(pi r)");
    assert_eq!(line("L = (a +\n b) * sigmoid(\n c # a note\n)\nM = L - d"), "Subtract(Multiply(Add(a b) Sigmoid(c)) d)");
    assert_eq!(line("L = a \\\n + b"), "Add(a b)");
    assert_eq!(problem("L = (a + b\nM = 2*L"), (ProblemKind::BracketOpen, "("));
    assert_eq!(line("y = 重み * 输入"), "Multiply(重み 输入)");
    let grad_fn = |source: &str| {
        let program = parse(source);
        program.nodes[program.output].grad_fn()
    };
    assert_eq!(grad_fn("y = 1 - x"), Some("RsubBackward1"));
    assert_eq!(grad_fn("y = 2 / x"), Some("MulBackward0"));
    assert_eq!(grad_fn("y = x ** 3"), Some("PowBackward0"));
    assert_eq!(grad_fn("y = 2 ** x"), Some("PowBackward1"));
    assert_eq!(grad_fn("y = x - z"), Some("SubBackward0"));
}

#[test]
fn size_is_bounded_with_a_place() {
    let many = vec!["x"; 10_001].join("+");
    let found = Program::parse(&many).expect_err("ten thousand nodes");
    assert!(matches!(found.kind, ProblemKind::TooLong { .. } | ProblemKind::TooManyNodes { .. }), "{found}");
    let long = vec!["x"; 5_000].join("+");
    let found = Program::parse(&long).expect_err("five thousand nodes");
    assert_eq!(found.kind, ProblemKind::TooManyNodes { limit: MAXIMUM_NODES });
    assert_eq!(long[..found.span.end].matches('+').count(), MAXIMUM_NODES);
    let deep = format!("{}x{}", "(".repeat(5_000), ")".repeat(5_000));
    assert!(matches!(Program::parse(&deep).expect_err("deep").kind, ProblemKind::TooDeep { .. }));
    let minus = format!("{}x", "-".repeat(5_000));
    assert!(matches!(Program::parse(&minus).expect_err("deep").kind, ProblemKind::TooDeep { .. }));
    let powers = vec!["x"; 3_000].join("^");
    assert!(matches!(Program::parse(&powers).expect_err("deep").kind, ProblemKind::TooDeep { .. }));
}

#[test]
fn every_preset_parses() {
    for preset in PRESETS {
        let program = parse(preset.source);
        for name in preset.without_gradient {
            assert!(program.variables().any(|id| program.label(id) == *name), "{}: {name}", preset.name);
        }
    }
}

proptest! {
    #[test]
    fn any_text_parses_or_points_inside_itself(source in "[-a-c0-9 ().,=*/^+;#\\nσ（ログ]{0,60}") {
        if let Err(problem) = Program::parse(&source) {
            prop_assert!(source.get(problem.span.clone()).is_some(), "{problem}");
        }
    }
}
