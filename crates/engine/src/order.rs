//! What is shown with an order: adding it, reading it, and what does not add up in it.
//!
//! None of it asks whether there is a payment of the order's name. Ids are drawn before the store is asked, so that a change that is made
//! again is known for the same.

use std::sync::Arc;

use bytes::Bytes;
use domain::{
    merchant::SalesUnit,
    money::Money,
    order::{
        self, Category, CategoryId, CategoryKind, Finding, LinkUrl, Obstacle, OrderName, PaymentType, Receipt,
        ReceiptId,
        image::{Unfit, UploadId, judge},
    },
    text::{ImageId, Msn, OrderId, Reference},
};
use store::{
    Image, Intent, Mode, Order, OrderChange, OrderDecision, OrderReceipt, OrderStanding, OrderSubject, Outcome,
    Trouble, Work,
};

use crate::{Engine, access::Tenant};

/// A category as a merchant describes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Button {
    /// What the page is about.
    pub kind: CategoryKind,
    /// The page.
    pub url: LinkUrl,
    /// The picture above the button.
    pub image: Option<ImageId>,
}

impl Engine {
    /// Whether a payer may be sent to pages by plain `http`.
    pub const fn plain_links_allowed(&self) -> bool {
        matches!(self.policy.mode, Mode::Sandbox)
    }

    /// The picture that a file is, without whatever follows its end.
    ///
    /// # Errors
    /// Why it is none that is kept.
    pub fn judge_image(&self, file: &Bytes) -> Result<(order::image::Picture, Bytes), Unfit> {
        let (picture, length) = judge(file, self.policy.image_height_min)?;
        Ok((picture, file.slice(..length)))
    }

    /// Adds an image under the merchant's name for it.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn add_image(
        &self,
        tenant: &Tenant,
        id: ImageId,
        (picture, bytes): (order::image::Picture, Bytes),
    ) -> Result<Result<(), Obstacle>, Trouble> {
        let unit = tenant.unit();
        let upload = UploadId(self.entropy.uuid());
        let image = Image { id: id.clone(), upload, picture, bytes, added_at: self.clock.now(&unit.space) };
        let decide = move |standing: &OrderStanding| {
            let is_new = order::write_once(standing.image, &image.upload, Obstacle::ImageExists)?;
            Ok(is_new.then(|| OrderChange::AddImage(image.clone())))
        };
        self.change_order(unit, OrderSubject::Image(id), Box::new(decide)).await
    }

    /// Adds the receipt of an order.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn add_receipt(
        &self,
        tenant: &Tenant,
        order: OrderName,
        receipt: Receipt,
    ) -> Result<Result<ReceiptId, Obstacle>, Trouble> {
        let unit = tenant.unit();
        let id = ReceiptId(self.entropy.uuid());
        let added_at = self.clock.now(&unit.space);
        let receipt = Arc::new(OrderReceipt { order: order.clone(), id, receipt, added_at });
        let decide = move |standing: &OrderStanding| {
            let is_new = order::write_once(standing.receipt, &receipt.id, Obstacle::ReceiptExists)?;
            Ok(is_new.then(|| OrderChange::AddReceipt(receipt.clone())))
        };
        let added = self.change_order(unit, OrderSubject::Receipt(order.clone()), Box::new(decide)).await?;
        self.tell_of_order(&unit.msn, &order).await;
        Ok(added.map(|()| id))
    }

    /// Gives an order this category and no other.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn set_category(
        &self,
        tenant: &Tenant,
        order: OrderName,
        button: Button,
    ) -> Result<Result<CategoryId, Obstacle>, Trouble> {
        self.put_category(tenant, order, button, OrderChange::SetCategory).await
    }

    /// Gives an order one more category, which is shown from now on.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn add_category(
        &self,
        tenant: &Tenant,
        order: OrderName,
        button: Button,
    ) -> Result<Result<CategoryId, Obstacle>, Trouble> {
        self.put_category(tenant, order, button, OrderChange::AddCategory).await
    }

    async fn put_category(
        &self,
        tenant: &Tenant,
        order: OrderName,
        button: Button,
        change: fn(Category) -> OrderChange,
    ) -> Result<Result<CategoryId, Obstacle>, Trouble> {
        let unit = tenant.unit();
        let Button { kind, url, image } = button;
        let id = CategoryId(self.entropy.uuid());
        let subject = OrderSubject::Categories(order.clone(), image.clone());
        let category = Category { id, order: order.clone(), kind, url, image, added_at: self.clock.now(&unit.space) };
        let decide = move |standing: &OrderStanding| {
            if category.image.is_some() && standing.image.is_none() {
                return Err(Obstacle::ImageMissing);
            }
            Ok((!standing.categories.contains(&category.id)).then(|| change(category.clone())))
        };
        let put = self.change_order(unit, subject, Box::new(decide)).await?;
        self.tell_of_order(&unit.msn, &order).await;
        Ok(put.map(|()| id))
    }

    /// Removes a category. Answers whether there was one.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn remove_category(&self, tenant: &Tenant, id: CategoryId) -> Result<bool, Trouble> {
        if self.store.category(tenant.msn(), id).await?.is_none() {
            return Ok(false);
        }
        let decide = move |standing: &OrderStanding| {
            Ok(standing.categories.contains(&id).then_some(OrderChange::RemoveCategory(id)))
        };
        let removed = self.change_order(tenant.unit(), OrderSubject::Category(id), Box::new(decide)).await?;
        Ok(removed.is_ok())
    }

    /// What is shown with an order.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn order(&self, msn: &Msn, order: &OrderName) -> Result<Order, Trouble> {
        self.store.order(msn, order).await
    }

    /// The categories of all orders of this id, the oldest first.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn categories(&self, tenant: &Tenant, order: &OrderId) -> Result<Vec<Category>, Trouble> {
        self.store.categories(tenant.msn(), order).await
    }

    /// The category of this id.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn category(&self, tenant: &Tenant, id: CategoryId) -> Result<Option<Category>, Trouble> {
        self.store.category(tenant.msn(), id).await
    }

    /// The image of this name, with its bytes: for whoever has shown that it is for him.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn image(&self, msn: &Msn, id: &ImageId) -> Result<Option<Image>, Trouble> {
        self.store.image(msn, id).await
    }

    /// What does not add up in the receipt of an order, or is not of its payment, where there is one by now; nothing without a receipt.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn order_findings(&self, tenant: &Tenant, order: &OrderName) -> Result<Option<Vec<Finding>>, Trouble> {
        let Some(shown) = self.store.order(tenant.msn(), order).await?.receipt else { return Ok(None) };
        let paid = self.amount_of(tenant.msn(), order).await?;
        Ok(Some(order::findings(&shown.receipt, paid)))
    }

    /// What the order's payment is of, if there is one. Charges are still to come, and so is theirs.
    async fn amount_of(&self, msn: &Msn, order: &OrderName) -> Result<Option<Money>, Trouble> {
        let reference = match order.payment_type {
            PaymentType::Ecom => Reference::parse(order.id.as_str()).ok(),
            PaymentType::Recurring => None,
        };
        let Some(reference) = reference else { return Ok(None) };
        Ok(self.store.payment(msn, &reference).await?.map(|payment| payment.terms.amount))
    }

    async fn change_order(
        &self,
        unit: &Arc<SalesUnit>,
        subject: OrderSubject,
        decide: OrderDecision,
    ) -> Result<Result<(), Obstacle>, Trouble> {
        let work = Work::Order { msn: unit.msn.clone(), subject, decide };
        match self.apply(Intent { now: self.clock.now(&unit.space), work }).await? {
            Outcome::Obstructed(obstacle) => Ok(Err(obstacle)),
            Outcome::Done(_) => Ok(Ok(())),
            Outcome::Replayed(_) | Outcome::Conflict | Outcome::Rejected(_) => {
                Err(Trouble::Broken("an order was answered like a payment".to_owned()))
            }
        }
    }
}
