//! Random programs (`tests/golden/cells.json`) print in a cell what they print with PyTorch; numbers within a rounding.

use gradlab::lessons::python::Interpreter;
use serde_json::Value;

/// A piece of printed text: a number, or what stands between numbers.
#[derive(Debug, PartialEq)]
enum Piece {
    Number { value: f64, decimals: Option<i32>, whole: bool },
    Text(String),
}

/// Cuts a text at its numbers; spaces only separate, since a rounding may move a column.
fn pieces(text: &str) -> Vec<Piece> {
    let letters: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut plain = String::new();
    let mut at = 0;
    while at < letters.len() {
        let after_word = at > 0 && (letters[at - 1].is_alphanumeric() || letters[at - 1] == '_');
        let length = if after_word { 0 } else { number_at(&letters[at..]) };
        if length == 0 {
            if !letters[at].is_whitespace() {
                plain.push(letters[at]);
            }
            at += 1;
            continue;
        }
        if !plain.is_empty() {
            found.push(Piece::Text(std::mem::take(&mut plain)));
        }
        let number: String = letters[at..at + length].iter().collect();
        let decimals = match (number.contains('e'), number.split_once('.')) {
            (false, Some((_, decimals))) => Some(decimals.len() as i32),
            _ => None,
        };
        let whole = !number.contains(['.', 'e', 'n']);
        found.push(Piece::Number { value: number.parse().expect("it was read as a number"), decimals, whole });
        at += length;
    }
    found.push(Piece::Text(plain));
    found
}

/// How many letters a number at the start takes; none if there is none.
fn number_at(letters: &[char]) -> usize {
    let digits = |from: usize| letters.iter().skip(from).take_while(|c| c.is_ascii_digit()).count();
    let sign = usize::from(letters.first().is_some_and(|c| "+-".contains(*c)));
    for word in ["inf", "nan"] {
        if letters[sign..].iter().take(3).collect::<String>() == word
            && !letters.get(sign + 3).is_some_and(|c| c.is_alphanumeric())
        {
            return sign + 3;
        }
    }
    let whole = digits(sign);
    if whole == 0 {
        return 0;
    }
    let mut end = sign + whole;
    if letters.get(end) == Some(&'.') {
        end += 1 + digits(end + 1);
    }
    if letters.get(end) == Some(&'e') {
        let power_sign = usize::from(letters.get(end + 1).is_some_and(|c| "+-".contains(*c)));
        let power = digits(end + 1 + power_sign);
        end += if power > 0 { 1 + power_sign + power } else { 0 };
    }
    end
}

fn alike(ours: &Piece, theirs: &Piece) -> bool {
    match (ours, theirs) {
        (Piece::Number { whole: ours, .. }, Piece::Number { whole: theirs, .. }) if ours != theirs => false,
        (Piece::Number { value: a, .. }, Piece::Number { value: b, decimals, .. }) => {
            // What is shown with four decimals may differ in the last one.
            let last = decimals.map_or(0.0, |decimals| 1.01 * 0.1f64.powi(decimals));
            let last = if b.abs() > 50.0 * last { last } else { 0.0 };
            a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= (2e-4 * b.abs().max(1e-2)).max(last)
        }
        (ours, theirs) => ours == theirs,
    }
}

fn same(ours: &str, theirs: &str) -> bool {
    // The page shows warnings, which PyTorch writes elsewhere; and an object's address is chance.
    let ours: Vec<&str> = ours.lines().filter(|line| !line.starts_with("UserWarning")).collect();
    let theirs: String = theirs
        .split(" object at 0x")
        .enumerate()
        .map(|(i, part)| if i == 0 { part } else { part.trim_start_matches(|c: char| c.is_ascii_hexdigit()) })
        .collect();
    // PyTorch refuses even to look at such views.
    let refused = ["another view of its base has been modified", "is a view of a view which was created in no_grad"];
    if refused.iter().any(|words| theirs.contains(words)) {
        return true;
    }
    let (ours, theirs) = (pieces(&ours.join("\n")), pieces(&theirs));
    ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(ours, theirs)| alike(ours, theirs))
}

#[test]
fn random_programs_print_what_pytorch_prints() {
    let rows: Vec<Value> = serde_json::from_str(include_str!("golden/cells.json")).expect("the programs are JSON");
    let (head, programs) = rows.split_first().expect("the first row is what all programs begin with");
    let head = head["head"].as_str().expect("a text");
    let mut failures = Vec::new();
    for program in programs {
        let [source, theirs] = ["source", "prints"].map(|key| program[key].as_str().expect("a text"));
        let ours = Interpreter::new().run(&format!("{head}{source}"));
        if !same(&ours, theirs) {
            failures.push(format!("{}\n{source}\n--- ours\n{ours}\n--- PyTorch\n{theirs}\n", program["kind"]));
        }
    }
    assert!(programs.len() > 200, "only {} programs", programs.len());
    assert!(failures.is_empty(), "{} of {} differ:\n{}", failures.len(), programs.len(), failures.join("\n"));
}

#[test]
fn a_difference_is_seen() {
    assert!(same("tensor([1.0000, 2.0000])", "tensor([1.0000, 2.0001])"));
    assert!(!same("tensor([1.0000, 2.0000])", "tensor([1.0000, 2.0010])"));
    assert!(!same("tensor([1, 2])", "tensor([1., 2.])"));
    assert!(!same("tensor([1., 2.])", "tensor([1., 2.], requires_grad=True)"));
    assert!(!same("<Relu object", "<Elu object at 0x7f"));
    assert!(same("<Relu>", "<Relu object at 0x7f00>"));
}
