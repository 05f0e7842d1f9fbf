//! Recognises a statement of the database by its first words.
//!
//! One keyword is not enough, since "update" and "select" are also words of a form or a command line: a second word has
//! to fit. A keyword in sentence case ("Select a date from the list") is prose; statements are all lower or all upper.

/// Clauses that only make sense when pasted to a statement.
const CLAUSES: &[&str] =
    &["where ", "order by ", "group by ", "values ", "values(", "limit ", "returning ", "on conflict"];

/// Whether a string starts like a whole statement.
pub fn is_statement(text: &str) -> bool {
    let text = unescaped(text);
    let text = text.trim().trim_end_matches(';');
    let keyword = text.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    if keyword.chars().any(char::is_lowercase) && keyword.chars().any(char::is_uppercase) {
        return false;
    }
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    let Some((first, tail)) = words.split_first() else { return false };
    let second = tail.first().copied().unwrap_or_default();
    let second_is = |words: &[&str]| words.contains(&second);
    match *first {
        "select" => tail.contains(&"from") || second.contains(|c: char| !c.is_alphabetic() && !",.:".contains(c)),
        "insert" | "replace" => second_is(&["into", "or"]) && !tail.is_empty(),
        "update" => tail.contains(&"set"),
        "delete" => second == "from",
        "create" => {
            second_is(&["table", "index", "unique", "view", "trigger", "temp", "temporary", "virtual", "schema"])
        }
        "drop" | "alter" => second_is(&["table", "index", "view", "trigger", "schema"]),
        "begin" => tail.is_empty() || second_is(&["immediate", "exclusive", "deferred", "transaction"]),
        "with" => tail.contains(&"as") && text.contains("select "),
        "pragma" | "savepoint" => !tail.is_empty(),
        "vacuum" => tail.is_empty() || second == "into",
        _ => false,
    }
}

/// Whether a string is a statement or a piece that is pasted to one.
pub fn is_statement_or_clause(text: &str) -> bool {
    let clause = unescaped(text).trim_start().to_lowercase();
    is_statement(text) || CLAUSES.iter().any(|start| clause.starts_with(start))
}

/// Line breaks and continuations as the program would see them, as far as the first words need it.
fn unescaped(text: &str) -> String {
    text.replace("\\\n", "\n").replace("\\n", "\n").replace("\\t", "\t")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_recognised() {
        for text in [
            "select id, state from payment where msn = ?1",
            "SELECT 1",
            "select count(*) as n",
            "select *",
            "\\\n   insert into payment values (?1)",
            "\\ninsert or ignore into payment values (?1)",
            "update payment set state = ?1",
            "DELETE FROM payment",
            "create unique index payment_by_time on payment (at)",
            "begin",
            "begin immediate;",
            "with due as (select 1) delete from outbox",
            "pragma journal_mode = wal",
        ] {
            assert!(is_statement(text), "{text}");
        }
    }

    #[test]
    fn prose_and_names_are_not() {
        for text in [
            "",
            "select",
            "Select a payment from the list",
            "Delete from basket",
            "update",
            "update available",
            "insert coin",
            "delete",
            "created table",
            "beginning",
            "with love",
            "selected",
        ] {
            assert!(!is_statement(text), "{text}");
        }
    }

    #[test]
    fn clauses_count_where_text_is_pasted() {
        assert!(is_statement_or_clause(" where id = '{id}'"));
        assert!(is_statement_or_clause("ORDER BY {column}"));
        assert!(!is_statement_or_clause("{count} payments where found"));
    }
}
