using System.IO.MemoryMappedFiles;

namespace FaceBias.Core.Data;

/// <summary>A float32 matrix in a <c>.npy</c> file, mapped into memory: rows are read by the operating system when they
/// are looked at, so a matrix of any size costs no memory of its own. Safe to read from many threads.</summary>
internal sealed unsafe class NpyMatrix : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private float* _values;

    private NpyMatrix(MemoryMappedFile file, MemoryMappedViewAccessor view, NpyHeader header)
    {
        (_file, _view, Rows, Columns) = (file, view, header.Shape[0], header.Shape[1]);
        byte* pointer = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        _values = (float*)(pointer + view.PointerOffset + header.DataOffset);
    }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Maps a file.</summary>
    /// <exception cref="FaceBiasException">It is missing, damaged, or no matrix of little-endian float32 in C
    /// order.</exception>
    public static NpyMatrix Open(string path)
    {
        using var stream = Npy.OpenRead(path);
        var header = Npy.ReadHeader(stream, path);
        if (header.Shape.Length != 2 || header.Kind != "f4" || header.BigEndian || header.Fortran)
        {
            throw new FaceBiasException(
                $"'{path}' holds {header.Kind} of shape "
                    + $"({string.Join(", ", header.Shape)}){(header.Fortran ? " in Fortran order" : "")};"
                + " a C-order matrix of float32 is needed (numpy.ascontiguousarray(x, 'float32')).");
        }
        var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        return new(file, file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read), header);
    }

    /// <summary>One row; valid until the matrix is disposed.</summary>
    public ReadOnlySpan<float> Row(int row)
    {
        ObjectDisposedException.ThrowIf(_values is null, this);
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        return new(_values + (long)row * Columns, Columns);
    }

    public void Dispose()
    {
        if (_values is null)
            return;
        _values = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}

/// <summary>Writes a float32 matrix row by row, for results that do not fit into memory.</summary>
internal sealed class NpyMatrixWriter : IDisposable
{
    private readonly FileStream _stream;
    private readonly int _rows, _columns;
    private int _written;

    /// <summary>Begins a file of a known shape. Write to a temporary name (<see cref="AtomicFile"/>) and
    /// rename.</summary>
    public NpyMatrixWriter(string path, int rows, int columns)
    {
        (_rows, _columns) = (rows, columns);
        _stream = File.Create(path);
        Npy.WriteHeader(_stream, "<f4", [rows, columns], (long)rows * columns);
    }

    /// <summary>Appends one or more whole rows.</summary>
    public void Append(ReadOnlySpan<float> rows)
    {
        if (rows.Length % _columns != 0 || _written + rows.Length / _columns > _rows)
            throw new ArgumentException(
                $"{rows.Length} values are not whole rows of {_columns} within the {_rows} announced.", nameof(rows));
        _written += rows.Length / _columns;
        _stream.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(rows));
    }

    /// <summary>Ends the file where fewer rows came than were announced: the header says how many.</summary>
    public void Shorten()
    {
        // Numbers of fewer digits fill the same header, which is padded.
        _stream.Position = 0;
        Npy.WriteHeader(_stream, "<f4", [_written, _columns], (long)_written * _columns);
    }

    /// <summary>Ends the file. Rows that were announced and never came make it shorter than its header says.</summary>
    public void Dispose() => _stream.Dispose();
}
