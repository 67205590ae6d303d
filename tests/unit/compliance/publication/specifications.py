"""What the published specifications demand of a document, as JSON Schemas: no network is needed to hold them.

Each keyword states a sentence of the specification that is named; members that it permits and that are not used are left out.
"""

from __future__ import annotations

from typing import Any, Final

_BILINGUAL: Final[dict[str, Any]] = {
    "type": "array",
    "minItems": 2,
    "items": {
        "type": "object",
        "required": ["@value", "@language"],
        "properties": {
            "@value": {"type": "string", "minLength": 1},
            "@language": {"enum": ["fr", "en"]},
        },
        "additionalProperties": False,
    },
}

# Data Package 2.0 (datapackage.org/standard): an object with at least one resource; `created` is an RFC 3339 date-time; a
# contributor is not empty. Data Resource: `name` and one of `path` and `data`; a relative `path` has no `..` and is not absolute;
# `type` is `table`. Table Schema: `fields` with unique names, types and constraints of the type; `primaryKey` and `uniqueKeys`
# name fields. Version 1 (specs.frictionlessdata.io): names of `a-z0-9._-/`; `profile` of a resource; a contributor has a title.
_FIELD: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["name", "type"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "type": {"enum": ["string", "integer", "number"]},
        "title": {"type": "string"},
        "description": {"type": "string"},
        "constraints": {
            "type": "object",
            "properties": {
                "required": {"type": "boolean"},
                "minimum": {"type": "number"},
                "maximum": {"type": "number"},
                "enum": {"type": "array", "minItems": 1, "uniqueItems": True},
            },
            "additionalProperties": False,
        },
    },
    "allOf": [
        {
            "if": {"properties": {"type": {"const": "string"}}},
            "then": {
                "properties": {
                    "constraints": {"propertyNames": {"not": {"enum": ["minimum", "maximum"]}}}
                }
            },
        }
    ],
    "additionalProperties": False,
}
DATA_PACKAGE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["resources"],
    "properties": {
        "$schema": {"const": "https://datapackage.org/profiles/2.0/datapackage.json"},
        "profile": {"const": "data-package"},
        "name": {"type": "string", "pattern": "^([-a-z0-9._/])+$"},
        "title": {"type": "string"},
        "description": {"type": "string"},
        "created": {"type": "string", "format": "date-time"},
        "contributors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["title"],
                "properties": {
                    "title": {"type": "string"},
                    "role": {
                        "enum": ["author", "publisher", "maintainer", "wrangler", "contributor"]
                    },
                    "roles": {"type": "array", "minItems": 1, "items": {"type": "string"}},
                },
                "additionalProperties": False,
            },
        },
        "resources": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["name", "path", "schema", "profile"],
                "properties": {
                    "name": {"type": "string", "pattern": "^([-a-z0-9._/])+$"},
                    "path": {"type": "string", "pattern": r"^(?=^[^./~])(^((?!\.{2}).)*$).*$"},
                    "profile": {"const": "tabular-data-resource"},
                    "type": {"const": "table"},
                    "title": {"type": "string"},
                    "description": {"type": "string"},
                    "format": {"type": "string"},
                    "mediatype": {"type": "string", "pattern": "^(.+)/(.+)$"},
                    "encoding": {"type": "string"},
                    "bytes": {"type": "integer"},
                    "hash": {"type": "string", "pattern": "^([^:]+:[a-fA-F0-9]+|[a-fA-F0-9]{32})$"},
                    "dialect": {
                        "type": "object",
                        "properties": {"lineTerminator": {"type": "string"}},
                        "additionalProperties": False,
                    },
                    "schema": {
                        "type": "object",
                        "required": ["fields"],
                        "properties": {
                            "fields": {"type": "array", "minItems": 1, "items": _FIELD},
                            "missingValues": {"type": "array", "items": {"type": "string"}},
                            "primaryKey": {
                                "type": "array",
                                "minItems": 1,
                                "items": {"type": "string"},
                            },
                            "uniqueKeys": {
                                "type": "array",
                                "minItems": 1,
                                "items": {"type": "array", "items": {"type": "string"}},
                            },
                        },
                        "additionalProperties": False,
                    },
                },
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}

# Metadata Vocabulary for Tabular Data (W3C, 17 December 2015): 5.2 `@context` is the namespace, or it and an object of `@language`
# or `@base`; 5.4 a table has a `url`; 5.6 the `name` of a column is of the form of a URI template's variable and does not begin
# with an underscore; 5.1.5 titles by language; 5.8 common properties are prefixed names with values of JSON-LD; 5.11 derived
# datatypes have a `base` of 5.11.1, and bounds of numbers only.
CSVW: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["@context", "url", "tableSchema"],
    "properties": {
        "@context": {
            "prefixItems": [
                {"const": "http://www.w3.org/ns/csvw"},
                {
                    "type": "object",
                    "propertyNames": {"enum": ["@language", "@base"]},
                    "minProperties": 1,
                },
            ],
            "items": False,
        },
        "url": {"type": "string", "format": "uri-reference"},
        "dialect": {
            "type": "object",
            "properties": {
                "encoding": {"const": "utf-8"},
                "header": {"type": "boolean"},
                "delimiter": {"const": ","},
                "doubleQuote": {"type": "boolean"},
            },
            "additionalProperties": False,
        },
        "tableSchema": {
            "type": "object",
            "required": ["columns"],
            "properties": {
                "columns": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["name", "titles"],
                        "properties": {
                            "name": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.]*$"},
                            "titles": {
                                "type": "object",
                                "propertyNames": {"enum": ["und", "fr", "en"]},
                                "additionalProperties": {"type": "string"},
                            },
                            "datatype": {
                                "oneOf": [
                                    {"const": "string"},
                                    {
                                        "type": "object",
                                        "required": ["base"],
                                        "properties": {
                                            "base": {
                                                "enum": ["decimal", "nonNegativeInteger", "string"]
                                            },
                                            "minimum": {"type": "number"},
                                            "maximum": {"type": "number"},
                                            "format": {"type": "string", "format": "regex"},
                                        },
                                        "additionalProperties": False,
                                    },
                                ]
                            },
                            "required": {"type": "boolean"},
                            "null": {"type": "array", "items": {"type": "string"}},
                        },
                        "patternProperties": {"^dc:": _BILINGUAL},
                        "additionalProperties": False,
                    },
                },
                "primaryKey": {"type": "array", "minItems": 1, "items": {"type": "string"}},
            },
            "additionalProperties": False,
        },
    },
    "patternProperties": {"^dc:": _BILINGUAL},
    "additionalProperties": False,
}

# DCAT 3 (W3C, 22 August 2024), and what DCAT-AP 3 makes mandatory: a catalogue has title, description, publisher and its data sets;
# a data set title and description; a distribution an access address. 6.8.1 media types are IANA's; 6.4.x dates are typed literals;
# 6.15 a period has its start and end; 6.16 a checksum has its algorithm and its value.
_REFERENCE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["@id"],
    "properties": {"@id": {"type": "string", "minLength": 1}},
    "additionalProperties": False,
}
_DATE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["@value", "@type"],
    "properties": {"@value": {"type": "string", "format": "date"}, "@type": {"const": "xsd:date"}},
}
_AGENT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["@type", "foaf:name"],
    "properties": {"@type": {"const": "foaf:Agent"}, "foaf:name": _BILINGUAL},
}
DCAT: Final[dict[str, Any]] = {
    "type": "object",
    "required": [
        *("@context", "@type", "dct:title", "dct:description", "dct:publisher", "dcat:dataset")
    ],
    "properties": {
        "@context": {
            "type": "object",
            "properties": {
                "dcat": {"const": "http://www.w3.org/ns/dcat#"},
                "dct": {"const": "http://purl.org/dc/terms/"},
            },
            "required": ["dcat", "dct"],
        },
        "@type": {"const": "dcat:Catalog"},
        "dct:title": _BILINGUAL,
        "dct:description": _BILINGUAL,
        "dct:publisher": _AGENT,
        "dct:issued": _DATE,
        "dcat:dataset": {
            "type": "object",
            "required": ["@id", "@type", "dct:title", "dct:description", "dcat:distribution"],
            "properties": {
                "@type": {"const": "dcat:Dataset"},
                "dct:title": _BILINGUAL,
                "dct:description": _BILINGUAL,
                "dct:publisher": _AGENT,
                "dct:issued": _DATE,
                "dct:language": {"type": "array", "items": _REFERENCE},
                "dct:accrualPeriodicity": _REFERENCE,
                "dct:temporal": {
                    "type": "object",
                    "required": ["@type", "dcat:startDate", "dcat:endDate"],
                    "properties": {
                        "@type": {"const": "dct:PeriodOfTime"},
                        "dcat:startDate": _DATE,
                        "dcat:endDate": _DATE,
                    },
                },
                "dcat:distribution": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "required": ["@type", "dcat:accessURL"],
                        "properties": {
                            "@type": {"const": "dcat:Distribution"},
                            "dct:title": _BILINGUAL,
                            "dcat:accessURL": _REFERENCE,
                            "dcat:downloadURL": _REFERENCE,
                            "dcat:mediaType": {
                                "type": "object",
                                "properties": {
                                    "@id": {
                                        "pattern": "^https://www.iana.org/assignments/media-types/[a-z]+/[a-z+.-]+$"
                                    }
                                },
                            },
                            "spdx:checksum": {
                                "type": "object",
                                "required": ["spdx:algorithm", "spdx:checksumValue"],
                                "properties": {"spdx:checksumValue": {"pattern": "^[0-9a-f]{64}$"}},
                            },
                        },
                    },
                },
            },
        },
    },
}
