# SPDX-License-Identifier: Apache-2.0
# Of the lines of strip.awk, those that define an object which may change and
# outlives its function: at the left margin, or static inside a function. A
# pointer to something constant is not constant itself.
{
    text = $0
    sub(/^[^:]*:[0-9]+:/, "", text)
    sub(/^[ \t]+static /, "static ", text)
    head = text
    sub(/[=;{].*/, "", head)
}
# Neither a definition nor part of one.
text !~ /^[A-Za-z_]/ || text !~ /[=;{]/ || head ~ /[(:]/ {
    next
}
# A type, a declaration, a statement.
text ~ /^(typedef|enum|extern|return|goto|default|break|case)[^A-Za-z0-9_]/ ||
text ~ /^(struct|union)( [A-Za-z0-9_]+)? *[;{]/ {
    next
}
head ~ /\*/ ? head !~ /\* *const[^A-Za-z0-9_]/ : head !~ /(^| )const / {
    print
}
