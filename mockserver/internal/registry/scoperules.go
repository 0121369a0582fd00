package registry

const (
	tokenSelfContained = "SELF_CONTAINED"
	tokenOpaque        = "OPAQUE"

	visibilityPublic   = "PUBLIC"
	visibilityPrivate  = "PRIVATE"
	visibilityInternal = "INTERNAL"
)
