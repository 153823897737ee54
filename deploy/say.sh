# say ENGLISH CHINESE: one of them, by the language of whoever reads it; to be read in by a script of this folder.
case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in
    zh*) say() { echo "$2"; } ;;
    *) say() { echo "$1"; } ;;
esac
