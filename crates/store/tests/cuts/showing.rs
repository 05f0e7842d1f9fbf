//! The operations on what is shown with orders that are cut, and what has to be there afterwards.

use domain::order::{Category, CategoryId, OrderName};
use store::{OrderChange, Store};

use crate::{
    operation::{Again, Case, Cuttable, UNIT},
    shown::{adding_image, adding_receipt, category, ecom, image, image_id, putting_category, receipt, with_receipt},
    work::{creation_of, msn},
};

/// The place of what is shown with an order among what is there afterwards.
pub const SHOWN: &str = "shown";

pub const ADD_RECEIPT: Cuttable = Cuttable {
    name: "add a receipt",
    before: |_| Vec::new(),
    asked: |case| vec![(adding_receipt(UNIT, receipt(name(case), 1, 1000)), Again::Done)],
    after: &[(SHOWN, "receipt 1, 0 categories, no image")],
    is_exemplary: false,
};

pub const ADD_IMAGE: Cuttable = Cuttable {
    name: "add an image",
    before: |_| Vec::new(),
    asked: |case| vec![(adding_image(UNIT, image(name(case).id.as_str(), 2, 1)), Again::Done)],
    after: &[(SHOWN, "no receipt, 0 categories, image 2")],
    is_exemplary: false,
};

pub const SET_CATEGORY: Cuttable = Cuttable {
    name: "set a category",
    before: |case| {
        let image = adding_image(UNIT, image(name(case).id.as_str(), 2, 1));
        vec![image, putting_category(UNIT, button(case, 3), OrderChange::AddCategory)]
    },
    asked: |case| vec![(putting_category(UNIT, button(case, 4), OrderChange::SetCategory), Again::Done)],
    after: &[(SHOWN, "no receipt, 1 categories, image 2")],
    is_exemplary: false,
};

pub const CREATE_WITH_RECEIPT: Cuttable = Cuttable {
    name: "create with a receipt",
    before: |_| Vec::new(),
    asked: |case| {
        let payment = case.payment("r");
        let creation = creation_of(UNIT, &payment, &payment, 0, Some("{}".into()));
        vec![(with_receipt(creation, receipt(name(case), 5, 1000)), Again::Replayed)]
    },
    after: &[(SHOWN, "receipt 5, 0 categories, no image")],
    is_exemplary: false,
};

fn name(case: &Case) -> OrderName {
    ecom(&case.payment("r"))
}

/// A category with an id nobody else has, and the image of the case.
fn button(case: &Case, number: u8) -> Category {
    let mut id = [number; 16];
    id[..4].copy_from_slice(&case.number.to_be_bytes());
    Category { id: CategoryId(id), ..category(name(case), number, Some(name(case).id.as_str())) }
}

/// What is shown with the order of a case.
pub async fn shown(store: &dyn Store, case: &Case) -> String {
    let (unit, name) = (msn(UNIT), name(case));
    let receipt = store.order(&unit, &name).await.unwrap().receipt;
    let receipt = receipt.map_or("no receipt".to_owned(), |receipt| format!("receipt {}", receipt.id.0[15]));
    let categories = store.categories(&unit, &name.id).await.unwrap().len();
    let image = store.image(&unit, &image_id(name.id.as_str())).await.unwrap();
    let image = image.map_or("no image".to_owned(), |image| format!("image {}", image.upload.0[0]));
    format!("{receipt}, {categories} categories, {image}")
}
