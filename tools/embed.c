/* embed IN NAME OUT: writes file IN as C arrays NAME_bytes and NAME_size to OUT. */
#include <stdio.h>

int main(int argc, char **argv) {
    if (argc != 4) {
        fputs("usage: embed IN NAME OUT\n", stderr);
        return 2;
    }
    FILE *in = fopen(argv[1], "rb"), *out = fopen(argv[3], "w");
    if (!in || !out) {
        perror(in ? argv[3] : argv[1]);
        return 1;
    }
    unsigned long n = 0;
    fprintf(out,
            "#include <stddef.h>\nextern const unsigned char %s_bytes[];\n"
            "extern const size_t %s_size;\nconst unsigned char %s_bytes[] = {",
            argv[2], argv[2], argv[2]);
    for (int byte; (byte = getc(in)) != EOF; n++)
        fprintf(out, "%s%d,", n % 24 ? "" : "\n", byte);
    fprintf(out, "\n};\nconst size_t %s_size = %lu;\n", argv[2], n);
    if (ferror(in) | ferror(out) | fclose(out)) {
        perror("embed");
        return 1;
    }
    return 0;
}
