/// Which of a cluster's nodes, counted from 0 in the order of the configuration.
package typealias NodeIndex = Int
