//! Splits Rust source into code, comments and literals, so that a rule about calls is not fooled by prose.
//!
//! Not a full lexer: it only knows where comments, strings and character literals begin and end. Line breaks stay where
//! they are, so line numbers agree with the file. The code it returns is ASCII: any other character outside a literal
//! becomes an underscore, so that a byte offset is always a character offset.

/// A string literal and where it stands.
#[derive(Debug)]
pub struct Literal {
    /// Offset of the opening quote in the blanked code.
    pub at: usize,
    /// Line of the opening quote, counted from one.
    pub line: usize,
    /// The characters between the quotes, escapes unresolved.
    pub text: String,
}

/// One file, taken apart.
#[derive(Debug, Default)]
pub struct Lexed {
    /// The source with comments and the insides of literals replaced by spaces.
    pub code: String,
    /// The source with everything but comments replaced by spaces.
    pub comments: String,
    /// Every string literal, in order.
    pub literals: Vec<Literal>,
}

/// Takes a file apart; never fails, an unfinished literal simply ends with the file.
pub fn lex(text: &str) -> Lexed {
    let mut lexer = Lexer { chars: text.chars().collect(), at: 0, line: 1, out: Lexed::default() };
    while lexer.at < lexer.chars.len() {
        lexer.step();
    }
    lexer.out
}

/// Whether a character can be part of a name or number.
pub fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Which of the two views keeps a character; the other gets a space.
#[derive(Clone, Copy)]
enum Keep {
    Code,
    Comment,
    Neither,
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    line: usize,
    out: Lexed,
}

impl Lexer {
    fn step(&mut self) {
        match (self.peek(0), self.peek(1)) {
            ('/', '/') => self.line_comment(),
            ('/', '*') => self.block_comment(),
            ('"', _) => self.string(),
            ('\'', next) => self.quote(next),
            (c, _) if is_name(c) => self.name(),
            _ => self.take(Keep::Code),
        }
    }

    /// The character so many places ahead, or NUL after the end.
    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn ended(&self) -> bool {
        self.at >= self.chars.len()
    }

    /// Moves over one character and writes it to the view that keeps it.
    fn take(&mut self, keep: Keep) {
        let c = self.peek(0);
        let (code, comment) = match keep {
            _ if c == '\n' => ('\n', '\n'),
            Keep::Code => (if c.is_ascii() { c } else { '_' }, ' '),
            Keep::Comment => (' ', c),
            Keep::Neither => (' ', ' '),
        };
        self.out.code.push(code);
        self.out.comments.push(comment);
        self.line += usize::from(c == '\n');
        self.at += 1;
    }

    fn line_comment(&mut self) {
        while !self.ended() && self.peek(0) != '\n' {
            self.take(Keep::Comment);
        }
    }

    /// Block comments nest.
    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while !self.ended() {
            match (self.peek(0), self.peek(1)) {
                ('/', '*') => depth += 1,
                ('*', '/') => depth -= 1,
                _ => {
                    self.take(Keep::Comment);
                    continue;
                }
            }
            self.take(Keep::Comment);
            self.take(Keep::Comment);
            if depth == 0 {
                return;
            }
        }
    }

    /// A name or number; a raw string starts like one.
    fn name(&mut self) {
        let mut name = String::new();
        while is_name(self.peek(0)) {
            name.push(self.peek(0));
            self.take(Keep::Code);
        }
        if matches!(name.as_str(), "r" | "br" | "cr") {
            let hashes = self.chars.iter().skip(self.at).take_while(|c| **c == '#').count();
            if self.peek(hashes) == '"' {
                self.raw_string(hashes);
            }
        }
    }

    fn raw_string(&mut self, hashes: usize) {
        (0..hashes).for_each(|_| self.take(Keep::Code));
        let (at, line) = (self.out.code.len(), self.line);
        self.take(Keep::Code);
        let mut text = String::new();
        let closes = |lexer: &Self| lexer.peek(0) == '"' && (1..=hashes).all(|ahead| lexer.peek(ahead) == '#');
        while !self.ended() && !closes(self) {
            text.push(self.peek(0));
            self.take(Keep::Neither);
        }
        (0..=hashes).for_each(|_| self.take(Keep::Code));
        self.out.literals.push(Literal { at, line, text });
    }

    fn string(&mut self) {
        let (at, line) = (self.out.code.len(), self.line);
        self.take(Keep::Code);
        let mut text = String::new();
        while !self.ended() && self.peek(0) != '"' {
            if self.peek(0) == '\\' {
                text.push('\\');
                self.take(Keep::Neither);
            }
            text.push(self.peek(0));
            self.take(Keep::Neither);
        }
        self.take(Keep::Code);
        self.out.literals.push(Literal { at, line, text });
    }

    /// A character literal is blanked; the quote of a lifetime or label is code.
    fn quote(&mut self, next: char) {
        if next != '\\' && self.peek(2) != '\'' {
            return self.take(Keep::Code);
        }
        self.take(Keep::Neither);
        if next == '\\' {
            self.take(Keep::Neither);
        }
        self.take(Keep::Neither);
        while !self.ended() && self.peek(0) != '\'' {
            self.take(Keep::Neither);
        }
        self.take(Keep::Neither);
    }
}

#[cfg(test)]
mod tests {
    use super::lex;

    #[track_caller]
    fn check(source: &str, code: &str) {
        let squeezed: Vec<String> = lex(source).code.split_whitespace().map(str::to_owned).collect();
        assert_eq!(squeezed.join(" "), code);
    }

    #[test]
    fn comments_are_blanked_even_nested_ones() {
        check("a // panic!\nb /* x /* y */ z */ c", "a b c");
        check("/// `Instant::now` in prose\n//! and here\nfn f() {}", "fn f() {}");
    }

    #[test]
    fn insides_of_strings_are_blanked_and_quotes_stay() {
        check(r#"f("Instant::now") + 1"#, r#"f(" ") + 1"#);
        check(r#"f("a \" b // no comment") + 1"#, r#"f(" ") + 1"#);
        check(r##"f(r#"a " b"#, br"\") + 1"##, r##"f(r#" "#, br" ") + 1"##);
    }

    #[test]
    fn characters_are_blanked_and_lifetimes_are_not() {
        check(r"fn f<'a>(x: &'a str) -> char { '{' }", "fn f<'a>(x: &'a str) -> char { }");
        check(r"['\'', '\u{7d}', b'}', '\\', '}'] 'out: loop", "[ , , b , , ] 'out: loop");
    }

    #[test]
    fn raw_identifiers_are_code() {
        check("let r#type = r;", "let r#type = r;");
    }

    #[test]
    fn lines_offsets_and_texts_survive() {
        let lexed = lex("/* é\n */ f(\"one\n two\");\n// last\ng(r\"ø\")\n");
        assert_eq!(lexed.code.lines().count(), 5);
        assert_eq!(lexed.comments.lines().nth(3), Some("// last"));
        let seen: Vec<(usize, &str)> = lexed.literals.iter().map(|l| (l.line, l.text.as_str())).collect();
        assert_eq!(seen, [(2, "one\n two"), (5, "ø")]);
        assert!(lexed.literals.iter().all(|l| lexed.code.get(l.at..=l.at) == Some("\"")));
    }

    #[test]
    fn unfinished_input_ends_quietly() {
        for source in ["\"open", "r#\"open", "/* open", "'\\", "'"] {
            assert_eq!(lex(source).code.lines().count(), 1, "{source}");
        }
    }
}
