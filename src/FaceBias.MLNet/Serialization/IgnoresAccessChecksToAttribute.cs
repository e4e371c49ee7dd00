using System.Runtime.CompilerServices;

[assembly: IgnoresAccessChecksTo("Microsoft.ML.Core")]
[assembly: IgnoresAccessChecksTo("Microsoft.ML.Data")]

#pragma warning disable IDE0161 // A file-scoped namespace would have to stand above the attribute of the assembly.
namespace System.Runtime.CompilerServices
#pragma warning restore IDE0161
{
    /// <summary>The runtime knows this attribute by its name: this assembly may use what is internal to another one.
    /// See MLNetInternals.targets for what it is needed for.</summary>
    [AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
    internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
    {
        public string AssemblyName { get; } = assemblyName;
    }
}
