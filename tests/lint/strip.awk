# SPDX-License-Identifier: Apache-2.0
# C without comments and with empty strings, line for line, so that what is
# found in it is code. Each line comes as FILE:LINE:code.
FNR == 1 {
    in_comment = 0
}
{
    out = ""
    line = $0
    while (line != "") {
        if (in_comment) {
            end = index(line, "*/")
            line = end ? substr(line, end + 2) : ""
            in_comment = !end
        } else if (match(line, /^"([^"\\]|\\.)*"/)) {
            out = out "\"\""
            line = substr(line, RLENGTH + 1)
        } else if (match(line, /^'([^'\\]|\\.)*'/)) {
            out = out "' '"
            line = substr(line, RLENGTH + 1)
        } else if (index(line, "//") == 1) {
            line = ""
        } else if (index(line, "/*") == 1) {
            in_comment = 1
            line = substr(line, 3)
        } else {
            out = out substr(line, 1, 1)
            line = substr(line, 2)
        }
    }
    printf "%s:%d:%s\n", FILENAME, FNR, out
}
