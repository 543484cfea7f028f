"""Fields of Contact and Lead, in the notation of schema.py."""

CONTACT = """
AccountId | reference | cunp | Account ID | to Account as Account
LastName | string 80 | cu | Last Name | in Name, info personname
FirstName | string 40 | cun | First Name | in Name, info personname
Salutation | picklist 40 | cun | Salutation | in Name, values Mr.;Ms.;Mrs.;Dr.;Prof., info
    personname
Name | string 121 | N | Full Name | info personname
OtherStreet | textarea 255 | cunp | Other Street | in OtherAddress, info plaintextarea
OtherCity | string 40 | cunp | Other City | in OtherAddress
OtherState | string 80 | cunp | Other State/Province | in OtherAddress
OtherPostalCode | string 20 | cunp | Other Zip/Postal Code | in OtherAddress
OtherCountry | string 80 | cunp | Other Country | in OtherAddress
OtherLatitude | double 18,15 | cunp | Other Latitude | in OtherAddress
OtherLongitude | double 18,15 | cunp | Other Longitude | in OtherAddress
OtherGeocodeAccuracy | picklist 40 | cunpr | Other Geocode Accuracy | in OtherAddress, values
    Address;NearAddress;Block;Street;ExtendedZip;Zip;Neighborhood;City;County;State;Unknown
OtherAddress | address | np | Other Address
MailingStreet | textarea 255 | cunp | Mailing Street | in MailingAddress, info plaintextarea
MailingCity | string 40 | cunp | Mailing City | in MailingAddress
MailingState | string 80 | cunp | Mailing State/Province | in MailingAddress
MailingPostalCode | string 20 | cunp | Mailing Zip/Postal Code | in MailingAddress
MailingCountry | string 80 | cunp | Mailing Country | in MailingAddress
MailingLatitude | double 18,15 | cunp | Mailing Latitude | in MailingAddress
MailingLongitude | double 18,15 | cunp | Mailing Longitude | in MailingAddress
MailingGeocodeAccuracy | picklist 40 | cunpr | Mailing Geocode Accuracy | in MailingAddress,
    values Address;NearAddress;Block;Street;ExtendedZip;Zip;Neighborhood;City;County;State;Unknown
MailingAddress | address | np | Mailing Address
Phone | phone 40 | cunp | Business Phone
Fax | phone 40 | cunp | Business Fax
MobilePhone | phone 40 | cunp | Mobile Phone
HomePhone | phone 40 | cunp | Home Phone
OtherPhone | phone 40 | cunp | Other Phone
AssistantPhone | phone 40 | cunp | Asst. Phone
ReportsToId | reference | cunp | Reports To ID | to Contact as ReportsTo
Email | email 80 | cunpi | Email
Title | string 128 | cunp | Title
Department | string 80 | cunp | Department
AssistantName | string 40 | cunp | Assistant's Name
LeadSource | picklist 255 | cunp | Lead Source | values Web;Phone Inquiry;Partner
    Referral;Purchased List;Other
Birthdate | date | cunp | Birthdate
Description | textarea 32000 | cunp | Contact Description | info plaintextarea
OwnerId | reference | cud | Owner ID | to User as Owner
LastActivityDate | date | n | Last Activity
LastViewedDate | datetime | n | Last Viewed Date
LastReferencedDate | datetime | n | Last Referenced Date
EmailBouncedReason | string 255 | cun | Email Bounced Reason
EmailBouncedDate | datetime | cun | Email Bounced Date
IsEmailBounced | boolean | d | Is Email Bounced
PhotoUrl | url 255 | n | Photo URL | info imageurl
"""

LEAD = """
LastName | string 80 | cu | Last Name | in Name, info personname
FirstName | string 40 | cun | First Name | in Name, info personname
Salutation | picklist 40 | cun | Salutation | in Name, values Mr.;Ms.;Mrs.;Dr.;Prof.;Mx., info
    personname
Name | string 121 | N | Full Name | info personname
Title | string 128 | cunp | Title
Company | string 255 | cu | Company
Street | textarea 255 | cunp | Street | in Address, info plaintextarea
City | string 40 | cunp | City | in Address
State | string 80 | cunp | State/Province | in Address
PostalCode | string 20 | cunp | Zip/Postal Code | in Address
Country | string 80 | cunp | Country | in Address
Latitude | double 18,15 | cunp | Latitude | in Address
Longitude | double 18,15 | cunp | Longitude | in Address
GeocodeAccuracy | picklist 40 | cunpr | Geocode Accuracy | in Address, values
    Address;NearAddress;Block;Street;ExtendedZip;Zip;Neighborhood;City;County;State;Unknown
Address | address | np | Address
Phone | phone 40 | cunp | Phone
MobilePhone | phone 40 | cunp | Mobile Phone
Fax | phone 40 | cunp | Fax
Email | email 80 | cunpi | Email
Website | url 255 | cunp | Website
PhotoUrl | url 255 | n | Photo URL | info imageurl
Description | textarea 32000 | cunp | Description | info plaintextarea
LeadSource | picklist 255 | cunp | Lead Source | values Web;Phone Inquiry;Partner
    Referral;Purchased List;Other
Status | picklist 255 | cud | Status | values Open - Not Contacted;Working - Contacted;Closed
    - Converted;Closed - Not Converted, default Open - Not Contacted
Industry | picklist 255 | cunp | Industry | values
    Agriculture;Apparel;Banking;Biotechnology;Chemicals;Communications;Construction;Consulting;Education;Electronics;Energy;Engineering;Entertainment;Environmental;Finance;Food
    & Beverage;Government;Healthcare;Hospitality;Insurance;Machinery;Manufacturing;Media;Not For
    Profit;Recreation;Retail;Shipping;Technology;Telecommunications;Transportation;Utilities;Other
Rating | picklist 255 | cunp | Rating | values Hot;Warm;Cold
AnnualRevenue | currency 18,0 | cunp | Annual Revenue
NumberOfEmployees | int 8 | cunp | Employees
OwnerId | reference | cud | Owner ID | to Group;User as Owner, named
IsConverted | boolean | cd | Converted
ConvertedDate | date | n | Converted Date
ConvertedAccountId | reference | n | Converted Account ID | to Account as ConvertedAccount
ConvertedContactId | reference | n | Converted Contact ID | to Contact as ConvertedContact
ConvertedOpportunityId | reference | n | Converted Opportunity ID | to Opportunity as
    ConvertedOpportunity
IsUnreadByOwner | boolean | cud | Unread By Owner
LastActivityDate | date | n | Last Activity
LastViewedDate | datetime | n | Last Viewed Date
LastReferencedDate | datetime | n | Last Referenced Date
EmailBouncedReason | string 255 | un | Email Bounced Reason
EmailBouncedDate | datetime | un | Email Bounced Date
"""
