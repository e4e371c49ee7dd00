using FaceBias.Primitives.Json;

namespace FaceBias.Core.Data.Tables;

/// <summary>The formats a table is read from.</summary>
internal enum TableFormat
{
    /// <summary>Delimited text.</summary>
    Text,

    Parquet,

    /// <summary>A JSON document.</summary>
    Json,

    /// <summary>A JSON object a line.</summary>
    JsonLines,

    /// <summary>A workbook of Excel.</summary>
    Workbook,
}

/// <summary>Tells a table's format by its name and its first bytes, and what is no table by its name.</summary>
internal static class TableFormats
{
    private static readonly Dictionary<string, string> s_foreign = new(StringComparer.OrdinalIgnoreCase)
    {
        [".pkl"] = "a pickle, which may run code when it is opened; write it with to_csv or to_parquet",
        [".pickle"] = "a pickle, which may run code when it is opened; write it with to_csv or to_parquet",
        [".npy"] = "an array of NumPy without names; write a table with numpy.savetxt and a header",
        [".npz"] = "arrays of NumPy; write them as one table with a header",
        [".sav"] = "a file of SPSS; export it as CSV (pyreadstat: to_csv)",
        [".dta"] = "a file of Stata; export it as CSV (pandas: read_stata, to_csv)",
        [".sas7bdat"] = "a file of SAS; export it as CSV (pandas: read_sas, to_csv)",
        [".rds"] = "a file of R; write it with write.csv", [".rdata"] = "a file of R; write it with write.csv",
        [".feather"] = "a Feather file; write it with to_parquet",
        [".arrow"] = "an Arrow file; write it with to_parquet",
        [".h5"] = "an HDF5 file; write the table with to_parquet",
        [".hdf5"] = "an HDF5 file; write the table with to_parquet",
        [".mat"] = "a file of MATLAB; write it with writetable as .csv",
        [".ods"] = "an OpenDocument sheet; save it as .xlsx or .csv",
        [".xlsb"] = "a binary workbook; save it as .xlsx or .csv", [".db"] = "a database; export the table as CSV",
        [".sqlite"] = "a database; export the table as CSV", [".pdf"] = "no table; save the table as CSV",
        [".html"] = "a web page; save the table in it as CSV", [".xml"] = "XML; save the table as CSV",
        [".yaml"] = "YAML; save the table as CSV or JSON", [".yml"] = "YAML; save the table as CSV or JSON",
        [".arff"] = "a file of Weka; save it as CSV", [".orc"] = "an ORC file; write it as Parquet",
        [".avro"] = "an Avro file; write it as Parquet",
        [".tfrecord"] = "records of TensorFlow; write a table with a row per image",
        [".png"] = "a picture", [".jpg"] = "a picture", [".jpeg"] = "a picture", [".onnx"] = "a model",
    };

    /// <summary>The format of a file on disk.</summary>
    public static TableFormat Of(string path)
    {
        var head = new byte[4096];
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
            head = head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        return Of(path, head);
    }

    /// <summary>The format by a name and the first bytes.</summary>
    /// <exception cref="FaceBiasException">It is none of a table.</exception>
    public static TableFormat Of(string path, ReadOnlySpan<byte> head)
    {
        var ending = Path.GetExtension(path).ToLowerInvariant();
        if (s_foreign.TryGetValue(ending, out var what))
            throw new FaceBiasException(
                $"'{path}' is {what}{(what.Contains(';', StringComparison.Ordinal) ? "" : ", not a table")}; tables "
                    + "are read from .csv, .tsv, .txt, .xlsx, .json, .jsonl and .parquet.");
        if (ending == ".parquet" || head.StartsWith("PAR1"u8))
            return TableFormat.Parquet;
        if (ending is ".xlsx" or ".xlsm" or ".xls" || head.StartsWith((ReadOnlySpan<byte>)[0xD0, 0xCF, 0x11, 0xE0]))
            return TableFormat.Workbook;
        if (ending is ".jsonl" or ".ndjson")
            return TableFormat.JsonLines;
        var first = head.TrimStart(" \t\r\n\uFEFF"u8);
        return ending == ".json" || first.StartsWith("{"u8)
            || (ending is not (".csv" or ".tsv") && first.StartsWith("[{"u8)) ? TableFormat.Json : TableFormat.Text;
    }

    /// <summary>Whether a name says that tabs separate.</summary>
    public static bool IsTabbed(string path) =>
        Path.GetExtension(path).Equals(".tsv", StringComparison.OrdinalIgnoreCase);
}
