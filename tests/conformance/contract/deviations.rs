//! Every deliberate difference from the published contracts, with its reason.

/// A difference that is meant.
pub struct Deviation {
    /// Of which document.
    pub api: &'static str,
    /// Where and what, as the comparison says it.
    pub difference: &'static str,
    /// Why.
    pub reason: &'static str,
}

/// All of them.
pub const DEVIATIONS: &[Deviation] = &[
    Deviation {
        api: "access-token",
        difference: "POST /miami/v1/token body: grant_type: required only by us",
        reason: "OAuth 2 asks for it, and the published guide says that it is required.",
    },
    Deviation {
        api: "epayment",
        difference: "GET /v1/payments/{} 200: captureGuaranteedUntil: only ours",
        reason: "Announced for August 2026, after the published document.",
    },
    Deviation {
        api: "epayment",
        difference: "GET /v1/payments/{} 200: paymentMethod.type: word CARD_PASSTHROUGH: not ours",
        reason: "Card passthrough is for payment service providers; no payment here is paid so.",
    },
    Deviation {
        api: "epayment",
        difference: "POST /merchant-dynamic-shipping-callback: not ours",
        reason: "A call of ours to the merchant, made by the wallet that is still to come.",
    },
    Deviation {
        api: "epayment",
        difference: "POST /v1/payments body: cardPassthrough: not ours",
        reason: "Card passthrough is for payment service providers; a create with it is 4160.",
    },
    Deviation {
        api: "epayment",
        difference: "POST /v1/payments body: paymentMethod.type: word CARD_PASSTHROUGH: not ours",
        reason: "As above: 4160.",
    },
    Deviation {
        api: "epayment",
        difference: "POST /v1/payments body: receipt.bottomLine.shippingInfo.amount: required, not ours",
        reason: "Deprecated; sums come from the lines, so nothing in it is needed.",
    },
    Deviation {
        api: "epayment",
        difference: "POST /v1/payments body: receipt.bottomLine.shippingInfo.amountExcludingTax: required, not ours",
        reason: "As above.",
    },
    Deviation {
        api: "epayment",
        difference: "POST /v1/payments body: receipt.bottomLine.shippingInfo.taxAmount: required, not ours",
        reason: "As above.",
    },
    Deviation {
        api: "epayment",
        difference: "POST /v1/payments body: receipt.bottomLine.shippingInfo.taxPercentage: required, not ours",
        reason: "As above.",
    },
    Deviation {
        api: "epayment",
        difference: "POST /v1/payments body: receipt.orderLines[].unitInfo.unitPrice: required, not ours",
        reason: "Published as required and nullable; null and left out are one thing here.",
    },
    Deviation {
        api: "epayment",
        difference: "POST /v1/payments body: shipping.allowedCountries: only ours",
        reason: "Announced for May 2026, after the published document.",
    },
    Deviation {
        api: "epayment",
        difference: "POST /v1/payments/{}/cancel: header idempotency-key: only ours",
        reason: "The published header list dropped it; clients send it, and the guide recommends it.",
    },
    Deviation {
        api: "epayment",
        difference: "POST /v1/test/payments/{}/approve body: customer.customerToken: not ours",
        reason: "Approval in a payer's stead names the payer by telephone number.",
    },
    Deviation {
        api: "epayment",
        difference: "POST /v1/test/payments/{}/approve body: customer.personalQr: not ours",
        reason: "As above.",
    },
    Deviation {
        api: "epayment",
        difference: "several operations refusal: detail: required only by us",
        reason: "Every problem of ours has one.",
    },
    Deviation {
        api: "epayment",
        difference: "several operations refusal: extraDetails: required only by us",
        reason: "Every problem of ours has it, empty where there is nothing in it, never null.",
    },
    Deviation {
        api: "epayment",
        difference: "several operations refusal: instance: only ours",
        reason: "The general guide to errors has it, and so does every problem of ours.",
    },
    Deviation {
        api: "epayment",
        difference: "several operations: header merchant-serial-number: required, not ours",
        reason: "Keys of a sales unit act for that sales unit without it: a published SDK never sends it. Keys of a partner need it.",
    },
    Deviation {
        api: "order-management",
        difference: "GET /v2/{}/{} 200: receipt.bottomLine.shippingInfo.amount: required, not ours",
        reason: "Deprecated; sums come from the lines, so nothing in it is needed.",
    },
    Deviation {
        api: "order-management",
        difference: "GET /v2/{}/{} 200: receipt.bottomLine.shippingInfo.amountExcludingTax: required, not ours",
        reason: "As above.",
    },
    Deviation {
        api: "order-management",
        difference: "GET /v2/{}/{} 200: receipt.bottomLine.shippingInfo.taxAmount: required, not ours",
        reason: "As above.",
    },
    Deviation {
        api: "order-management",
        difference: "GET /v2/{}/{} 200: receipt.bottomLine.shippingInfo.taxPercentage: required, not ours",
        reason: "As above.",
    },
    Deviation {
        api: "order-management",
        difference: "GET /v2/{}/{} 200: receipt.orderLines[].unitInfo.unitPrice: required, not ours",
        reason: "Published as required and nullable; null and left out are one thing here.",
    },
    Deviation {
        api: "order-management",
        difference: "GET /v3/categories 200: categories: required only by us",
        reason: "Nothing of these answers is published as required; all of it is there, but for the image of a category that has none.",
    },
    Deviation {
        api: "order-management",
        difference: "GET /v3/categories 200: categories[].categoryId: required only by us",
        reason: "As above.",
    },
    Deviation {
        api: "order-management",
        difference: "GET /v3/categories 200: categories[].orderId: required only by us",
        reason: "As above.",
    },
    Deviation {
        api: "order-management",
        difference: "GET /v3/categories 200: categories[].paymentType: required only by us",
        reason: "As above.",
    },
    Deviation {
        api: "order-management",
        difference: "GET /v3/categories 200: categories[].type: required only by us",
        reason: "As above.",
    },
    Deviation {
        api: "order-management",
        difference: "GET /v3/categories 200: categories[].url: required only by us",
        reason: "As above.",
    },
    Deviation {
        api: "order-management",
        difference: "GET /v3/categories/{} 200: categoryId: required only by us",
        reason: "As above.",
    },
    Deviation {
        api: "order-management",
        difference: "GET /v3/categories/{} 200: orderId: required only by us",
        reason: "As above.",
    },
    Deviation {
        api: "order-management",
        difference: "GET /v3/categories/{} 200: paymentType: required only by us",
        reason: "As above.",
    },
    Deviation {
        api: "order-management",
        difference: "GET /v3/categories/{} 200: type: required only by us",
        reason: "As above.",
    },
    Deviation {
        api: "order-management",
        difference: "GET /v3/categories/{} 200: url: required only by us",
        reason: "As above.",
    },
    Deviation {
        api: "order-management",
        difference: "GET /v3/categories: query orderid: required only by us",
        reason: "Without it nothing is asked for: 400.",
    },
    Deviation {
        api: "order-management",
        difference: "POST /v1/images 200: imageId: required only by us",
        reason: "Nothing of the answer is published as required; it is there.",
    },
    Deviation {
        api: "order-management",
        difference: "POST /v2/{}/receipts/{} 404: not ours",
        reason: "There is nothing it could miss: whether there is a payment is not asked.",
    },
    Deviation {
        api: "order-management",
        difference: "POST /v2/{}/receipts/{} body: bottomLine.shippingInfo.amount: required, not ours",
        reason: "Deprecated; sums come from the lines, so nothing in it is needed.",
    },
    Deviation {
        api: "order-management",
        difference: "POST /v2/{}/receipts/{} body: bottomLine.shippingInfo.amountExcludingTax: required, not ours",
        reason: "As above.",
    },
    Deviation {
        api: "order-management",
        difference: "POST /v2/{}/receipts/{} body: bottomLine.shippingInfo.taxAmount: required, not ours",
        reason: "As above.",
    },
    Deviation {
        api: "order-management",
        difference: "POST /v2/{}/receipts/{} body: bottomLine.shippingInfo.taxPercentage: required, not ours",
        reason: "As above.",
    },
    Deviation {
        api: "order-management",
        difference: "POST /v2/{}/receipts/{} body: orderLines[].unitInfo.unitPrice: required, not ours",
        reason: "Published as required and nullable; null and left out are one thing here.",
    },
    Deviation {
        api: "order-management",
        difference: "POST /v3/categories 201: categoryId: required only by us",
        reason: "Nothing of the answer is published as required; it is there.",
    },
    Deviation {
        api: "order-management",
        difference: "PUT /v2/{}/categories/{} 409: not ours",
        reason: "Each takes the place of the one before, so there is no conflict.",
    },
    Deviation {
        api: "order-management",
        difference: "several operations refusal: type: required only by us",
        reason: "Every error of ours has one.",
    },
    Deviation {
        api: "order-management",
        difference: "several operations: header authorization: not ours",
        reason: "Described as a security scheme, as in the other documents.",
    },
    Deviation {
        api: "order-management",
        difference: "several operations: header merchant-serial-number: required, not ours",
        reason: "Keys of a sales unit act for that sales unit without it. Keys of a partner need it.",
    },
    Deviation {
        api: "order-management",
        difference: "several operations: not ours",
        reason: "Orders and receipts of version 1, which are published as removed: 404.",
    },
    Deviation {
        api: "webhooks",
        difference: "several operations refusal: detail: required only by us",
        reason: "Nothing of a problem is published as required; every problem of ours has all of it, never null.",
    },
    Deviation {
        api: "webhooks",
        difference: "several operations refusal: extraDetails: required only by us",
        reason: "As above.",
    },
    Deviation {
        api: "webhooks",
        difference: "several operations refusal: instance: required only by us",
        reason: "As above.",
    },
    Deviation {
        api: "webhooks",
        difference: "several operations refusal: status: required only by us",
        reason: "As above.",
    },
    Deviation {
        api: "webhooks",
        difference: "several operations refusal: title: required only by us",
        reason: "As above.",
    },
    Deviation {
        api: "webhooks",
        difference: "several operations refusal: traceId: required only by us",
        reason: "As above.",
    },
    Deviation {
        api: "webhooks",
        difference: "several operations refusal: type: required only by us",
        reason: "As above.",
    },
];

/// The page of the manual.
pub fn page() -> String {
    let mut page = String::from(
        "# Deviations from the published contracts\n\n\
         Our documents (`/openapi/access-token.json`, `/openapi/epayment.json`, `/openapi/order-management.json`,\n\
         `/openapi/webhooks.json`) are compared with the published ones by a test: paths, methods, parameters, fields, what is\n\
         required, and every word of a closed list. These differences are meant; there are no others. This page is written\n\
         from the test's list.\n\n\
         | API | Difference | Reason |\n|---|---|---|\n",
    );
    for Deviation { api, difference, reason } in DEVIATIONS {
        page.push_str(&format!("| {api} | `{difference}` | {reason} |\n"));
    }
    page
}
