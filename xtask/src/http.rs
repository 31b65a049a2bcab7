//! Just enough of HTTP/1.1 for a file server on one's own machine: a thread for each connection, kept open
//! between requests; heads are read, bodies are not, since GET and HEAD have none.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// Longer heads than this are refused.
const LARGEST_HEAD: u64 = 64 * 1024;
/// A connection on which nothing is asked for so long is closed.
const IDLE: Duration = Duration::from_secs(60);

/// What was asked for.
pub struct Request {
    pub method: String,
    /// The address as it was sent: path and query.
    pub target: String,
    /// Names in small letters.
    headers: Vec<(String, String)>,
}

impl Request {
    /// The value of a header, by its name in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What is answered. `Content-Length` is added from the body.
pub struct Response {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

/// Takes connections for ever, and answers their requests with `answer`.
pub fn listen(listener: &TcpListener, answer: impl Fn(&Request) -> Response + Send + Sync + 'static) {
    let answer = Arc::new(answer);
    for stream in listener.incoming().flatten() {
        let answer = answer.clone();
        // A browser that hangs up in the middle is its own affair.
        std::thread::spawn(move || converse(stream, answer.as_ref()));
    }
}

fn converse(stream: TcpStream, answer: &dyn Fn(&Request) -> Response) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(IDLE))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    while let Some(request) = read_request(&mut reader)? {
        let response = answer(&request);
        let closing = request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        writer.write_all(&head_of(&response, closing))?;
        if request.method != "HEAD" && response.status != 304 {
            writer.write_all(&response.body)?;
        }
        writer.flush()?;
        if closing {
            break;
        }
    }
    Ok(())
}

/// The next request, or nothing at the end of the connection or at what is no request.
fn read_request(reader: &mut impl BufRead) -> std::io::Result<Option<Request>> {
    let mut lines = reader.take(LARGEST_HEAD);
    let mut line = String::new();
    lines.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (Some(method), Some(target), Some(version)) = (words.next(), words.next(), words.next()) else {
        return Ok(None);
    };
    if !version.starts_with("HTTP/1.") {
        return Ok(None);
    }
    let mut request = Request { method: method.to_string(), target: target.to_string(), headers: Vec::new() };
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_end();
        if line.is_empty() {
            return Ok(Some(request));
        }
        if let Some((name, value)) = line.split_once(':') {
            request.headers.push((name.to_ascii_lowercase(), value.trim().to_string()));
        }
    }
}

fn head_of(response: &Response, closing: bool) -> Vec<u8> {
    let reason = match response.status {
        200 => "OK",
        304 => "Not Modified",
        404 => "Not Found",
        405 => "Method Not Allowed",
        _ => "",
    };
    let mut head = format!("HTTP/1.1 {} {reason}\r\n", response.status);
    for (name, value) in &response.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let connection = if closing { "close" } else { "keep-alive" };
    head.push_str(&format!("Content-Length: {}\r\nConnection: {connection}\r\n\r\n", response.body.len()));
    head.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_whatever_the_case_of_its_names() {
        let mut bytes = b"GET /a?b HTTP/1.1\r\nAccept-ENCODING: br, gzip\r\n\r\nGET /next HTTP/1.1\r\n\r\n".as_slice();
        let request = read_request(&mut bytes).unwrap().unwrap();
        assert_eq!((request.method.as_str(), request.target.as_str()), ("GET", "/a?b"));
        assert_eq!(request.header("accept-encoding"), Some("br, gzip"));
        assert_eq!(read_request(&mut bytes).unwrap().unwrap().target, "/next");
        assert!(read_request(&mut bytes).unwrap().is_none());
    }

    #[test]
    fn what_is_no_request_ends_the_connection() {
        for bytes in ["", "\r\n", "hello\r\n\r\n", "GET / SPDY\r\n\r\n", "GET / HTTP/1.1\r\nhalf: a"] {
            assert!(read_request(&mut bytes.as_bytes()).unwrap().is_none(), "{bytes:?}");
        }
    }
}
