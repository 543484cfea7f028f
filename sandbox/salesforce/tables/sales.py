"""Fields of Account, Opportunity and Case, in the notation of schema.py."""

ACCOUNT = """
Name | string 255 | cuN | Account Name | in Name, info switchablepersonname
Type | picklist 40 | cunp | Account Type | values Prospect;Customer - Direct;Customer -
    Channel;Channel Partner / Reseller;Installation Partner;Technology Partner;Other
ParentId | reference | cunp | Parent Account ID | to Account as Parent
BillingStreet | textarea 255 | cunp | Billing Street | in BillingAddress, info plaintextarea
BillingCity | string 40 | cunp | Billing City | in BillingAddress
BillingState | string 80 | cunp | Billing State/Province | in BillingAddress
BillingPostalCode | string 20 | cunp | Billing Zip/Postal Code | in BillingAddress
BillingCountry | string 80 | cunp | Billing Country | in BillingAddress
BillingLatitude | double 18,15 | cunp | Billing Latitude | in BillingAddress
BillingLongitude | double 18,15 | cunp | Billing Longitude | in BillingAddress
BillingGeocodeAccuracy | picklist 40 | cunpr | Billing Geocode Accuracy | in BillingAddress,
    values Address;NearAddress;Block;Street;ExtendedZip;Zip;Neighborhood;City;County;State;Unknown
BillingAddress | address | np | Billing Address
ShippingStreet | textarea 255 | cunp | Shipping Street | in ShippingAddress, info plaintextarea
ShippingCity | string 40 | cunp | Shipping City | in ShippingAddress
ShippingState | string 80 | cunp | Shipping State/Province | in ShippingAddress
ShippingPostalCode | string 20 | cunp | Shipping Zip/Postal Code | in ShippingAddress
ShippingCountry | string 80 | cunp | Shipping Country | in ShippingAddress
ShippingLatitude | double 18,15 | cunp | Shipping Latitude | in ShippingAddress
ShippingLongitude | double 18,15 | cunp | Shipping Longitude | in ShippingAddress
ShippingGeocodeAccuracy | picklist 40 | cunpr | Shipping Geocode Accuracy | in
    ShippingAddress, values
    Address;NearAddress;Block;Street;ExtendedZip;Zip;Neighborhood;City;County;State;Unknown
ShippingAddress | address | np | Shipping Address
Phone | phone 40 | cunp | Account Phone
Fax | phone 40 | cunp | Account Fax
AccountNumber | string 40 | cunp | Account Number
Website | url 255 | cunp | Website
PhotoUrl | url 255 | n | Photo URL | info imageurl
Industry | picklist 40 | cunp | Industry | values
    Agriculture;Apparel;Banking;Biotechnology;Chemicals;Communications;Construction;Consulting;Education;Electronics;Energy;Engineering;Entertainment;Environmental;Finance;Food
    & Beverage;Government;Healthcare;Hospitality;Insurance;Machinery;Manufacturing;Media;Not For
    Profit;Recreation;Retail;Shipping;Technology;Telecommunications;Transportation;Utilities;Other
AnnualRevenue | currency 18,0 | cunp | Annual Revenue
NumberOfEmployees | int 8 | cunp | Employees
Ownership | picklist 40 | cunp | Ownership | values Public;Private;Subsidiary;Other
TickerSymbol | string 20 | cunp | Ticker Symbol
Description | textarea 32000 | cunp | Account Description | info plaintextarea
Rating | picklist 40 | cunp | Account Rating | values Hot;Warm;Cold
Site | string 80 | cunp | Account Site
OwnerId | reference | cud | Owner ID | to User as Owner
LastActivityDate | date | n | Last Activity
LastViewedDate | datetime | n | Last Viewed Date
LastReferencedDate | datetime | n | Last Referenced Date
AccountSource | picklist 40 | cunp | Account Source | values Web;Phone Inquiry;Partner
    Referral;Purchased List;Other
"""

OPPORTUNITY = """
AccountId | reference | cunp | Account ID | to Account as Account
IsPrivate | boolean | cudp | Private
Name | string 120 | cuiN | Name
Description | textarea 32000 | cunp | Description | info plaintextarea
StageName | picklist 255 | cu | Stage | values Prospecting;Qualification;Needs Analysis;Value
    Proposition;Id. Decision Makers;Perception Analysis;Proposal/Price
    Quote;Negotiation/Review;Closed Won;Closed Lost
Amount | currency 18,2 | cunp | Amount
Probability | percent 3,0 | cundp | Probability (%)
ExpectedRevenue | currency 18,2 | np | Expected Amount
TotalOpportunityQuantity | double 18,2 | cunp | Quantity
CloseDate | date | cu | Close Date
Type | picklist 255 | cunp | Opportunity Type | values Existing Customer - Upgrade;Existing
    Customer - Replacement;Existing Customer - Downgrade;New Customer
NextStep | string 255 | cunp | Next Step
LeadSource | picklist 255 | cunp | Lead Source | values Web;Phone Inquiry;Partner
    Referral;Purchased List;Other
IsClosed | boolean | d | Closed
IsWon | boolean | d | Won
ForecastCategory | picklist 40 | r | Forecast Category | values Omitted;Pipeline;BestCase=Best
    Case;MostLikely=Most Likely;Forecast=Commit;Closed
ForecastCategoryName | picklist 255 | cundr | Forecast Category | values Omitted;Pipeline;Best
    Case;Commit;Closed
HasOpportunityLineItem | boolean | d | Has Line Item
OwnerId | reference | cud | Owner ID | to User as Owner
LastActivityDate | date | n | Last Activity
LastStageChangeDate | datetime | n | Last Stage Change Date
FiscalQuarter | int 8 | n | Fiscal Quarter | in Fiscal
FiscalYear | int 8 | n | Fiscal Year | in Fiscal
ContactId | reference | cn | Contact ID | to Contact
LastViewedDate | datetime | n | Last Viewed Date
LastReferencedDate | datetime | n | Last Referenced Date
HasOpenActivity | boolean | d-F-S | Has Open Activity
HasOverdueTask | boolean | d-F-S | Has Overdue Task
"""

CASE = """
CaseNumber | string 30 | diaN-G | Case Number
ContactId | reference | cunp | Contact ID | to Contact as Contact
AccountId | reference | cunp | Account ID | to Account as Account
ParentId | reference | cunp | Parent Case ID | to Case as Parent
SuppliedName | string 80 | cunp | Name
SuppliedEmail | email 80 | cunp | Email Address
SuppliedPhone | string 40 | cunp | Phone
SuppliedCompany | string 80 | cunp | Company
Type | picklist 40 | cunp | Case Type | values Mechanical;Electrical;Electronic;Structural;Other
Status | picklist 40 | cund | Status | values New;Working;Escalated;Closed, default New
Reason | picklist 40 | cunp | Case Reason | values Installation;Equipment
    Complexity;Performance;Breakdown;Equipment Design;Feedback;Other
Origin | picklist 40 | cunp | Case Origin | values Phone;Email;Web
Subject | string 255 | cunp | Subject
Priority | picklist 40 | cundp | Priority | values High;Medium;Low, default Medium
Description | textarea 32000 | cunp | Description | info plaintextarea
IsClosed | boolean | d | Closed
ClosedDate | datetime | np | Closed Date
IsEscalated | boolean | cudp | Escalated
OwnerId | reference | cud | Owner ID | to Group;User as Owner, named
ContactPhone | phone 40 | n | Contact Phone
ContactMobile | phone 40 | n | Contact Mobile
ContactEmail | email 80 | n | Contact Email
ContactFax | phone 40 | n | Contact Fax
Comments | textarea 4000 | cun+S+A | Internal Comments | info plaintextarea, bytes 4000
LastViewedDate | datetime | n | Last Viewed Date
LastReferencedDate | datetime | n | Last Referenced Date
"""
