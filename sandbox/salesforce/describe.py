"""Describe answers: what the tables say, in the keys and with the constants of the recorded describes."""

from sandbox.salesforce.schema import Field, SObject

_SOAP_TYPES = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "datetime": "xsd:dateTime",
    "date": "xsd:date",
    "int": "xsd:int",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "address": "urn:address",
}
_MASTER_RECORD_TYPE = "012000000000000AAA"
_FEEDLESS = {"Event", "EventRelation", "Profile", "Organization"}
_MERGEABLE = {"Account", "Contact", "Lead"}


def _default_value(one: Field) -> object:
    if one.type == "boolean":
        return False
    return one.default or None


def _picklist(one: Field) -> list[dict[str, object]]:
    return [
        {
            "active": True,
            "defaultValue": bool(one.default) and value == one.default,
            "label": label,
            "validFor": None,
            "value": value,
        }
        for value, label in one.values
    ]


def _byte_length(one: Field) -> int:
    if one.type in {"id", "reference"}:
        return 18
    return one.bytes or one.size * 3


_SAME_FOR_EVERY_FIELD: dict[str, object] = {
    "aiPredictionField": False,
    "calculated": False,
    "calculatedFormula": None,
    "cascadeDelete": False,
    "controllerName": None,
    "defaultValueFormula": None,
    "dependentPicklist": False,
    "deprecatedAndHidden": False,
    "displayLocationInDecimal": False,
    "encrypted": False,
    "filteredLookupInfo": None,
    "formulaTreatNullNumberAsZero": False,
    "highScaleNumber": False,
    "htmlFormatted": False,
    "inlineHelpText": None,
    "mask": None,
    "maskType": None,
    "referenceTargetField": None,
    "relationshipOrder": None,
    "restrictedDelete": False,
    "writeRequiresMasterRead": False,
}


def field_json(one: Field) -> dict[str, object]:
    """Return the entry of ``fields`` in a describe."""
    precision, scale = one.precision
    return _SAME_FOR_EVERY_FIELD | {
        "aggregatable": one.allows("A"),
        "autoNumber": "a" in one,
        "byteLength": _byte_length(one),
        "caseSensitive": "V" in one,
        "compoundFieldName": one.compound or None,
        "createable": "c" in one,
        "custom": one.custom,
        "defaultValue": _default_value(one),
        "defaultedOnCreate": "d" in one,
        "digits": one.digits,
        "externalId": "E" in one,
        "extraTypeInfo": one.info or None,
        "filterable": one.allows("F"),
        "groupable": one.allows("G"),
        "idLookup": "i" in one,
        "label": one.label,
        "length": one.size,
        "name": one.name,
        "nameField": "N" in one,
        "namePointing": one.polymorphic,
        "nillable": "n" in one,
        "permissionable": "p" in one,
        "picklistValues": _picklist(one),
        "polymorphicForeignKey": one.polymorphic,
        "precision": precision,
        "queryByDistance": one.type == "address",
        "referenceTo": list(one.targets),
        "relationshipName": one.relation or None,
        "restrictedPicklist": "r" in one,
        "scale": scale,
        "searchPrefilterable": one.type == "reference" and "n" in one,
        "soapType": _SOAP_TYPES.get(one.type, "xsd:string"),
        "sortable": one.allows("S"),
        "type": one.type,
        "unique": "U" in one,
        "updateable": "u" in one,
    }


def summary_json(sobject: SObject, version: str) -> dict[str, object]:
    """Return the entry of the global describe; ``version`` like ``v66.0``."""
    base = f"/services/data/{version}/sobjects/{sobject.name}"
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": sobject.writable,
        "custom": False,
        "customSetting": False,
        "deepCloneable": False,
        "deletable": sobject.writable,
        "deprecatedAndHidden": False,
        "feedEnabled": sobject.name not in _FEEDLESS,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": sobject.prefix,
        "label": sobject.label,
        "labelPlural": sobject.plural,
        "layoutable": True,
        "mergeable": sobject.name in _MERGEABLE,
        "mruEnabled": True,
        "name": sobject.name,
        "queryable": True,
        "replicateable": True,
        "retrieveable": True,
        "searchable": sobject.searchable,
        "triggerable": True,
        "undeletable": sobject.writable,
        "updateable": sobject.writable,
        "urls": _urls(sobject, base),
    }


def _urls(sobject: SObject, base: str) -> dict[str, object]:
    urls: dict[str, object] = {
        "compactLayouts": f"{base}/describe/compactLayouts",
        "rowTemplate": f"{base}/{{ID}}",
        "describe": f"{base}/describe",
        "quickActions": f"{base}/quickActions",
        "layouts": f"{base}/describe/layouts",
        "sobject": base,
    }
    if sobject.name == "Event":
        urls["eventSeriesUpdates"] = f"{base}/{{ID}}/fromThisEventOnwards"
    return urls


def _child_relationships(sobject: SObject) -> list[dict[str, object]]:
    return [
        {
            "cascadeDelete": child == "EventRelation",
            "childSObject": child,
            "deprecatedAndHidden": False,
            "field": pointer,
            "junctionIdListNames": [],
            "junctionReferenceTo": [],
            "relationshipName": relation,
            "restrictedDelete": False,
        }
        for relation, (child, pointer) in sobject.children.items()
    ]


def describe_json(sobject: SObject, fields: list[Field], version: str) -> dict[str, object]:
    """Return the whole describe with those fields that the asking user may see."""
    body = summary_json(sobject, version)
    layout = (
        f"/services/data/{version}/sobjects/{sobject.name}/describe/layouts/{_MASTER_RECORD_TYPE}"
    )
    return body | {
        "actionOverrides": [],
        "childRelationships": _child_relationships(sobject),
        "compactLayoutable": True,
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": [field_json(one) for one in fields],
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": [
            {
                "active": True,
                "available": True,
                "defaultRecordTypeMapping": True,
                "developerName": "Master",
                "master": True,
                "name": "Master",
                "recordTypeId": _MASTER_RECORD_TYPE,
                "urls": {"layout": layout},
            }
        ],
        "searchLayoutable": sobject.searchable,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [
            {"label": f"All {sobject.plural.lower()}", "name": "everything"},
            {"label": f"My {sobject.plural.lower()}", "name": "mine"},
        ],
    }
