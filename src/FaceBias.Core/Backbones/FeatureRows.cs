using System.IO.MemoryMappedFiles;
using FaceBias.Primitives.Hashing;

namespace FaceBias.Core.Backbones;

/// <summary>The rows of a <see cref="FeatureStore"/>, memory-mapped: they take address space, and memory only as long
/// as the system has it to spare.</summary>
internal sealed unsafe class FeatureRows : IDisposable
{
    private readonly IReadOnlyDictionary<Digest, int> _rowOf;
    private readonly MemoryMappedFile? _map;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly float* _rows;

    internal FeatureRows(string path, int featureCount, IReadOnlyDictionary<Digest, int> rowOf)
    {
        FeatureCount = featureCount;
        _rowOf = rowOf;
        if (rowOf.Count == 0)
            return;
        _map = MemoryMappedFile.CreateFromFile(
            new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite),
            null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _rows = (float*)(start + _view.PointerOffset);
    }

    /// <summary>Values per row.</summary>
    public int FeatureCount { get; }

    /// <summary>The features of an image; valid until this is disposed.</summary>
    /// <exception cref="InvalidOperationException">They were never computed.</exception>
    public ReadOnlySpan<float> this[Digest sha256] => _rowOf.TryGetValue(sha256, out var row)
        ? new ReadOnlySpan<float>(_rows + (long)row * FeatureCount, FeatureCount)
        : throw new InvalidOperationException("An image's features are not in the store; compute them first.");

    public void Dispose()
    {
        if (_rows != null)
            _view!.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _map?.Dispose();
    }
}
