module kpaas.local/toolchain/pause

go 1.26
