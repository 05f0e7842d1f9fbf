//! Who takes turns, and what comes of it: everything once a round, one after the other, so that whatever else the machine does hits all.

use super::{
    figures::{Bases, Row},
    load::Target,
    pgbench::{CLIENTS, Pgbench},
    plan::Plan,
    progress::Progress,
    script::Kind,
};

/// Everything under load.
pub(super) struct Field<'a> {
    pub(super) ceiling: Target<'a>,
    /// Our nodes: one alone, and, where a database is shared, more of them together.
    pub(super) nodes: Vec<Target<'a>>,
    /// Where a database is measured.
    pub(super) pgbench: Option<Pgbench<'a>>,
}

/// One turn.
enum Turn<'a> {
    Pgbench(&'a Pgbench<'a>),
    Load(Kind, &'a Target<'a>),
}

impl<'a> Field<'a> {
    /// All turns of a round. What others are compared with comes first.
    fn turns(&'a self) -> Vec<Turn<'a>> {
        let mut turns: Vec<_> = self.pgbench.iter().map(Turn::Pgbench).collect();
        turns.push(Turn::Load(Kind::Ceiling, &self.ceiling));
        for nodes in &self.nodes {
            turns.extend(Kind::OURS.map(|kind| Turn::Load(kind, nodes)));
        }
        turns
    }

    /// Round after round with so many connections; the medians.
    pub(super) async fn measure(
        &self,
        plan: &Plan,
        connections: usize,
        progress: &Progress,
    ) -> anyhow::Result<Vec<Row>> {
        let turns = self.turns();
        let mut rows: Vec<Vec<Row>> = turns.iter().map(|_| Vec::new()).collect();
        for round in 1..=plan.rounds {
            let mut bases = Bases::default();
            for (turn, rows) in turns.iter().zip(&mut rows) {
                let name = self.name(turn);
                progress.step(&format!("connections {connections}, round {round} of {}, {name}", plan.rounds));
                let row = match turn {
                    Turn::Pgbench(pgbench) => Row::of_pgbench(CLIENTS, pgbench.measure().await?),
                    Turn::Load(kind, target) => {
                        let window = target.measure(*kind, connections, plan).await?;
                        let nodes = (self.is_shared() && *kind != Kind::Ceiling).then_some(target.servers.len());
                        Row::of_window(*kind, connections, nodes, &window, &bases)
                    }
                };
                bases.note(&row);
                rows.push(row);
            }
        }
        Ok(rows.iter().filter_map(|rows| Row::of_rounds(rows)).collect())
    }

    /// Whether it matters how many nodes there are.
    fn is_shared(&self) -> bool {
        self.nodes.len() > 1
    }

    fn name(&self, turn: &Turn<'_>) -> String {
        match turn {
            Turn::Load(kind, target) if self.is_shared() && *kind != Kind::Ceiling => {
                format!("{}, nodes {}", kind.name(), target.servers.len())
            }
            Turn::Load(kind, _) => kind.name().to_owned(),
            Turn::Pgbench(_) => Kind::Pgbench.name().to_owned(),
        }
    }
}
