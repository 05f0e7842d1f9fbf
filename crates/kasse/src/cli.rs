//! The command line: which commands there are and where each goes.
//!
//! Settings are flags of every command, made from their one declaration. What fails is told in one line on standard error with a status
//! that is not zero: 2 for a command line that makes no sense, 1 for everything else.

use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command, builder::PossibleValuesParser};

use crate::{
    bench::{CEILING_COMMAND, POST_COMMAND},
    commands,
    settings::{self, SETTINGS, Settings, Takes},
};

/// Runs the command the process was started with.
pub fn run() -> ExitCode {
    let matches = command().get_matches();
    match dispatch(&matches) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("kasse: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(matches: &ArgMatches) -> anyhow::Result<ExitCode> {
    let (name, own) = matches.subcommand().unwrap_or(("serve", matches));
    // These need no settings, so that none of them can be in their way.
    match (name, own.subcommand()) {
        ("bench", _) => return commands::bench::run(own),
        (CEILING_COMMAND, _) => return commands::bench::ceiling(own),
        ("listen", _) => return commands::listen::run(own),
        ("webhooks", Some(("tail", own))) => return commands::webhooks::tail::run(own),
        (POST_COMMAND, _) => return commands::bench::poster(own),
        ("webhooks", Some(("verify", own))) => return commands::webhooks::verify::run(own),
        _ => {}
    }
    let resolved = settings::resolve(&|setting| own.get_one::<String>(setting).cloned())?;
    if name == "config" {
        return commands::config::run(&resolved);
    }
    let settings = Settings::new(&resolved)?;
    match (name, own.subcommand()) {
        ("serve", _) => commands::serve::run(&settings),
        ("verify", _) => commands::verify::run(&settings),
        ("migrate", _) => commands::migrate::run(&settings),
        ("doctor", _) => commands::doctor::run(&settings),
        ("sales-unit", Some(("create", own))) => commands::sales_unit::create(&settings, own),
        ("sales-unit", Some(("set", own))) => commands::sales_unit::set(&settings, own),
        ("sales-unit", Some(("list", own))) => commands::sales_unit::list(&settings, own.get_flag("json")),
        ("keys", Some(("rotate", own))) => commands::keys::rotate(&settings, own),
        ("keys", Some(("revoke", own))) => commands::keys::revoke(&settings, own),
        ("partner", Some(("create", own))) => commands::partner::create(&settings, own),
        ("partner", Some(("connect", own))) => commands::partner::connect(&settings, own),
        ("partner", Some(("disconnect", own))) => commands::partner::disconnect(&settings, own),
        ("partner", Some(("list", own))) => commands::partner::list(&settings, own.get_flag("json")),
        (other, _) => anyhow::bail!("there is no command {other}"),
    }
}

/// Every command with its flags.
pub fn command() -> Command {
    let json = || Arg::new("json").long("json").action(ArgAction::SetTrue).help("Answer in JSON");
    let sales_unit = Command::new("sales-unit")
        .about("Make, change and list sales units")
        .subcommand_required(true)
        .subcommand(
            Command::new("create")
                .about("Make a sales unit and show its keys, this once")
                .arg(Arg::new("name").long("name").value_name("NAME").required(true).help("What payers are shown"))
                .arg(
                    Arg::new("market")
                        .long("market")
                        .value_name("MARKET")
                        .required(true)
                        .value_parser(PossibleValuesParser::new(["NO", "DK", "FI"]))
                        .help("Where it sells"),
                )
                .arg(json()),
        )
        .subcommand(
            Command::new("set")
                .about("Switch what a sales unit may do")
                .arg(Arg::new("msn").value_name("MSN").required(true).help("Its number"))
                .arg(
                    Arg::new("flags")
                        .value_name("FLAG=on|off")
                        .required(true)
                        .num_args(1..)
                        .help("For example late_capture=off; a wrong name is answered with all of them"),
                ),
        )
        .subcommand(Command::new("list").about("List the sales units").arg(json()));
    Command::new("kasse")
        .about("A self-hosted payment platform. Without a command it serves.")
        .version(env!("CARGO_PKG_VERSION"))
        .args(SETTINGS.iter().map(flag))
        .subcommand(Command::new("serve").about("Serve; what `kasse` does without a command"))
        .subcommand(sales_unit)
        .subcommand(commands::partner::command())
        .subcommand(commands::keys::command())
        .subcommand(commands::webhooks::command())
        .subcommand(commands::listen::command())
        .subcommand(Command::new("verify").about("Check every invariant of the data; also beside a running server"))
        .subcommand(Command::new("migrate").about("Bring the data up to this program's schema; a start does the same"))
        .subcommand(Command::new("doctor").about("Say what is unsafe about where the data is"))
        .subcommand(commands::bench::command())
        .subcommand(commands::bench::ceiling_command())
        .subcommand(commands::bench::poster_command())
        .subcommand(Command::new("config").about("Show every setting in force and where it comes from"))
}

fn flag(setting: &'static settings::Setting) -> Arg {
    let flag = Arg::new(setting.name).long(setting.name).global(true).help(setting.help);
    match setting.takes {
        Takes::Text(value) => flag.value_name(value),
        Takes::OneOf(words) => flag.value_parser(PossibleValuesParser::new(words)),
        Takes::Nothing => {
            let words = PossibleValuesParser::new(["on", "off"]);
            flag.num_args(0..=1)
                .require_equals(true)
                .default_missing_value("on")
                .hide_possible_values(true)
                .value_parser(words)
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        super::command().debug_assert();
    }
}
