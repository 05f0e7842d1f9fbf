//! What came to an order after it was paid: a receipt or a button that its payer has not had a chance to see.
//!
//! It is told for a day and then only found where it belongs, with the payment.

use domain::{
    order::{Category, OrderName, PaymentType},
    payment::State,
    text::{Msn, OrderId, PhoneNumber},
    time::{Span, Timestamp},
};
use store::{Order, Trouble};

use crate::{Engine, live::Topic, request::Asked};

/// For how long something is news.
const NEWS_TIME: Span = Span::days(1);
/// How many of a payer's last payments are looked at.
const LOOKED_AT_MAX: u32 = 10;

/// Something new about what a payer paid.
#[derive(Clone, Debug)]
pub struct News {
    /// The payment.
    pub asked: Asked,
    /// The button that is new; otherwise it is the receipt.
    pub category: Option<Category>,
    /// When it came.
    pub at: Timestamp,
}

impl Engine {
    /// What is new about what this payer paid, of each payment the newest, the last payment first.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn news_of(&self, number: &PhoneNumber) -> Result<Vec<News>, Trouble> {
        let mut news = Vec::new();
        for asked in self.history_of(number, None, LOOKED_AT_MAX).await? {
            let State::Authorized(reservation) = &asked.payment.state else { continue };
            let since = reservation.authorized_at().max(self.clock.now(&asked.unit.space).minus(NEWS_TIME));
            let Ok(id) = OrderId::parse(asked.payment.reference.as_str()) else { continue };
            let order = self.order(&asked.unit.msn, &OrderName { payment_type: PaymentType::Ecom, id }).await?;
            if let Some((category, at)) = newest(order).filter(|(_, at)| *at > since) {
                news.push(News { asked, category, at });
            }
        }
        Ok(news)
    }

    /// Tells whoever has the order's payment before the eyes that something came to it.
    pub(crate) async fn tell_of_order(&self, msn: &Msn, order: &OrderName) {
        if order.payment_type != PaymentType::Ecom || self.live.is_unwatched() {
            return;
        }
        let Ok(reference) = domain::text::Reference::parse(order.id.as_str()) else { return };
        // Where it cannot be read nobody is told, and it is found by looking.
        let Ok(Some(asked)) = self.store.asked_payment(msn, &reference).await else { return };
        self.live.tell(&Topic::Payment(msn.clone(), reference));
        if let Some(holder) = asked.request.holder {
            self.live.tell(&Topic::Payer(holder.number));
        }
    }
}

fn newest(order: Order) -> Option<(Option<Category>, Timestamp)> {
    let category = order.category.map(|category| {
        let at = category.added_at;
        (Some(category), at)
    });
    let receipt = order.receipt.map(|receipt| (None, receipt.added_at));
    match (category, receipt) {
        (Some(category), Some(receipt)) => Some(if category.1 >= receipt.1 { category } else { receipt }),
        (one, other) => one.or(other),
    }
}
